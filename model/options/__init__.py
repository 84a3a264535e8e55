"""What can be built into an array."""
