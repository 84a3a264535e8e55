"""Waveforms: the cycles and the signals that they show."""
