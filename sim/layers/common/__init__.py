"""What plain and quantized layers have in common."""
