"""Packed tiles: idle rows at the end of a tile start the next output-channel tile."""
