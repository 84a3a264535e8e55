"""Tables, JSON, progress and files."""
