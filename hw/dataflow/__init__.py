"""What one dataflow needs that the others do not."""
