"""Simulators to which a table of inputs is played, cycle by cycle, and which give one of outputs."""
