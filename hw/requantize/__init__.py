"""The requantization lanes: from rows of sums to activations of the next layer."""
