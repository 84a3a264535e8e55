"""What the demo runs."""
