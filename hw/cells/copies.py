"""Copies of a register, where a single one would have too much to drive."""

from amaranth.hdl import *

from convolith.hw.cells.ecp5 import is_ecp5
from convolith.hw.cells.ecp5.kept_register import kept_register as ecp5_register
from convolith.hw.cells.ice40 import is_ice40up
from convolith.hw.cells.ice40.kept_register import kept_register as ice40_register

__all__ = ["copies"]


def copies(
    m: Module, platform, value: Value, count: int, *, name: str, reset: bool = False
) -> list[Signal]:
    """``count`` registers of one bit that all hold ``value``, one cycle later.

    Synthesis merges registers that hold the same value. Yosys leaves a cell with the attribute
    ``keep`` alone, but Amaranth can only put the attribute on a signal. So on parts whose cells we
    know, each copy is a cell. On other parts there is one register: the vendor's tools duplicate it
    where they have to. All copies begin with 0, and with ``reset`` they are 0 after a reset.
    """
    if is_ecp5(platform):
        kept = ecp5_register
    elif is_ice40up(platform):
        kept = ice40_register
    else:
        register = Signal(name=name, reset_less=not reset)
        m.d.sync += register.eq(value)
        return [register] * count
    registers = [Signal(name=f"{name}_{i}") for i in range(count)]
    if reset:
        value = value & ~ResetSignal()
    for register in registers:
        m.submodules[f"{register.name}_cell"] = kept(value, register)
    return registers
