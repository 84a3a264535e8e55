"""Floats as integers: exactly, or rounded."""
