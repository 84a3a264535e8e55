"""A run in Amaranth's simulator: a bench, and what watches the core in it."""
