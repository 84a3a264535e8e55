"""Requantization of sums to the next layer's activations, with each engine's exact rounding."""
