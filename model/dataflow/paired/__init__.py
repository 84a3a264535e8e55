"""Row pairs: two rows share an output."""
