"""Row pairs: two rows of the array share an output."""
