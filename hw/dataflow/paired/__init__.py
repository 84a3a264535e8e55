"""Rows in pairs: two rows of the array share an output."""
