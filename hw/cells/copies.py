"""A register, several times, where one would have too much to drive."""

from amaranth.hdl import *

from convolith.hw.cells.ecp5 import is_ecp5
from convolith.hw.cells.ecp5.kept_register import kept_register as ecp5_register
from convolith.hw.cells.ice40 import is_ice40up
from convolith.hw.cells.ice40.kept_register import kept_register as ice40_register

__all__ = ["copies"]


def copies(m: Module, platform, value: Value, count: int, *, name: str) -> list[Signal]:
    """``count`` registers of one bit that all hold ``value``, one cycle later.

    Synthesis makes one of registers that hold the same. Yosys does not where they say ``keep``, but
    looks for that at cells, and Amaranth has it at signals: so on a part whose cells we know they
    are cells. Elsewhere it is one register, to be duplicated by vendors' tools, which do so. Reset:
    none, and 0 to begin with.
    """
    if is_ecp5(platform):
        kept = ecp5_register
    elif is_ice40up(platform):
        kept = ice40_register
    else:
        register = Signal(name=name, reset_less=True)
        m.d.sync += register.eq(value)
        return [register] * count
    registers = [Signal(name=f"{name}_{i}") for i in range(count)]
    for register in registers:
        m.submodules[f"{register.name}_cell"] = kept(value, register)
    return registers
