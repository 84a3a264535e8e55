"""What is claimed of small cells."""
