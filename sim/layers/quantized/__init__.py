"""Quantized layers through the array: PyTorch's modules, or files that describe them."""
