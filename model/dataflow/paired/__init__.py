"""Rows in pairs: two rows share an output."""
