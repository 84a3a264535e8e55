"""Sums as the next layer's activations: requantization, exactly as each engine rounds."""
