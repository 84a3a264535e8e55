"""Values delayed by some cycles."""

from amaranth.hdl import *
from amaranth.lib import data

__all__ = ["bundle", "delayed", "register"]


def bundle(**values) -> data.View:
    """One structure with a field for each value, so that they can be delayed together."""
    cast = {name: Value.cast(value) for name, value in values.items()}
    layout = data.StructLayout({name: value.shape() for name, value in cast.items()})
    return layout(Cat(cast.values()))


def register(m: Module, name: str, value) -> Signal:
    """``value`` one cycle later, of the same shape; the register has no reset."""
    signal = Signal(Value.cast(value).shape(), name=name, reset_less=True)
    m.d.sync += signal.eq(value)
    return signal


def delayed(
    m: Module, value, cycles: int, *, name: str, reset_less: bool = False, domain: str = "sync"
) -> list:
    """``value`` delayed by 0, 1, ... ``cycles`` cycles; the first one is ``value`` itself.

    All delays are slices of one wide shift register, which simulators update in one assignment.
    The delays of a structure are structures. The delays of a plain value are unsigned.
    """
    layout = value.shape() if isinstance(value, data.View) else None
    word = Value.cast(value)
    width = len(word)
    if cycles == 0 or width == 0:  # Verilog has no signals without bits
        return [value] * (cycles + 1)
    stages = Signal(cycles * width, name=f"{name}_delayed", reset_less=reset_less)
    m.d[domain] += stages.eq(Cat(word, stages))
    later = (stages[i * width : (i + 1) * width] for i in range(cycles))
    return [value, *(layout(stage) if layout else stage for stage in later)]
