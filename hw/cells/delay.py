"""A value, some cycles later."""

from amaranth.hdl import *

__all__ = ["delayed"]


def delayed(
    m: Module, value, cycles: int, *, name: str, reset_less: bool = False, domain: str = "sync"
) -> list[Value]:
    """``value`` 0, 1, ... ``cycles`` cycles later; the first is ``value`` itself.

    One shift register: the simulators move it in one go. Later ones are unsigned slices of it.
    """
    value = Value.cast(value)
    width = len(value)
    if cycles == 0 or width == 0:  # Verilog has no signals without bits
        return [value] * (cycles + 1)
    stages = Signal(cycles * width, name=f"{name}_delayed", reset_less=reset_less)
    m.d[domain] += stages.eq(Cat(value, stages))
    return [value, *(stages[i * width : (i + 1) * width] for i in range(cycles))]
