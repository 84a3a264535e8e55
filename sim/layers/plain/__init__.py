"""Layers of integers and floats."""
