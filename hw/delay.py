"""A value, some cycles later."""

from amaranth.hdl import *

__all__ = ["delayed"]


def delayed(m: Module, value, cycles: int, *, name: str, reset_less: bool = False) -> list:
    """``value`` at 0, 1, ... ``cycles`` cycles later, as a list of signals; the first is ``value``."""
    stages = [value]
    for cycle in range(1, cycles + 1):
        stage = Signal.like(value, name=f"{name}_{cycle}", reset_less=reset_less)
        m.d.sync += stage.eq(stages[-1])
        stages.append(stage)
    return stages
