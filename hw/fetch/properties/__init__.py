"""What is claimed of the blocks that compute addresses."""
