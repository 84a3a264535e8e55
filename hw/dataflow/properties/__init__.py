"""What is claimed of the slot decoders."""
