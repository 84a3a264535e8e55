"""A layer as a self-checking test bench in Verilog."""
