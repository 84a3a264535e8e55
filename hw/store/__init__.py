"""Writes results into the activation memory."""
