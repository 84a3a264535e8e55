"""Packed tiles, and rows in pairs."""
