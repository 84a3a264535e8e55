"""Simulators that play a table of inputs, cycle by cycle, and give a table of outputs."""
