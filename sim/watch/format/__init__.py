"""A trace as a file: a documented JSON format."""
