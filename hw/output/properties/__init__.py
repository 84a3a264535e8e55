"""What is claimed of the blocks between array and streams."""
