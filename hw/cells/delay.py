"""Values, some cycles later."""

from amaranth.hdl import *
from amaranth.lib import data

__all__ = ["bundle", "delayed", "register"]


def bundle(**values) -> data.View:
    """Values as one structure with a field for each, for what goes the same way together."""
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
    """``value`` 0, 1, ... ``cycles`` cycles later; the first is ``value`` itself.

    One shift register: the simulators move it in one go. Of a structure, later ones are structures
    as well; of a plain value they are unsigned slices of the register.
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
