"""Which word each row needs, and where it lies."""
