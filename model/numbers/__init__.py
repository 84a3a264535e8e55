"""Floats as integers, exactly or rounded, and integers as bytes."""
