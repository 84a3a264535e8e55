"""What is claimed of the MAC array's blocks."""
