"""What every simulator takes and gives."""
