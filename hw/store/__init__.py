"""Results into the activation memory."""
