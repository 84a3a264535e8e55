"""What was recorded of a layer's run, and what it means."""
