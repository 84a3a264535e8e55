"""Proofs: the properties of the hardware's blocks, shown by a solver."""
