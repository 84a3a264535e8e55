"""A layer with its tensors on the array: the Python API."""
