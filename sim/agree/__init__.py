"""The same programs on every simulator: the same rows, in the same cycles."""
