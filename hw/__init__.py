"""The array and the core around it, in Amaranth."""
