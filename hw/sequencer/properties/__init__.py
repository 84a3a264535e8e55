"""What is claimed of the sequencer's blocks."""
