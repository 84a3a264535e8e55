"""What is claimed of the block that stores results."""
