"""The name of the core's module in Verilog: it is wanted where nothing else of Amaranth is."""

__all__ = ["NAME"]

NAME = "convolith"
