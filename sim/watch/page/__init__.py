"""A trace as a page: one HTML file with all that it needs."""
