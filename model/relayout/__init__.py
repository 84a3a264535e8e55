"""Layers laid out in another way before they are loaded."""
