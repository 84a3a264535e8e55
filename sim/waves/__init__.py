"""Waveforms: which cycles, which signals."""
