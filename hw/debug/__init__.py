"""The loop variables as signals, for waveforms."""
