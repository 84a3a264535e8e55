"""The loop nest, cycle by cycle, as the RTL ran it."""
