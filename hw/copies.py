"""A register, several times, where one would have too much to drive."""

from amaranth.hdl import *

from convolith.hw.ecp5 import is_ecp5
from convolith.hw.products import has_cells

__all__ = ["copies"]


def copies(m: Module, platform, value: Value, count: int, *, name: str) -> list[Signal]:
    """``count`` registers of one bit that all hold ``value``, one cycle later.

    Synthesis makes one of registers that hold the same. Yosys does not where they say ``keep``, but
    looks for that at cells, and Amaranth has it at signals: so on a part whose cells we know they
    are cells. Elsewhere it is one register, to be duplicated by vendors' tools, which do so. Reset:
    none, and 0 to begin with.
    """
    if not has_cells(platform):
        register = Signal(name=name, reset_less=True)
        m.d.sync += register.eq(value)
        return [register] * count
    registers = [Signal(name=f"{name}_{i}") for i in range(count)]
    for register in registers:
        m.submodules[f"{register.name}_cell"] = _cell(platform, value, register)
    return registers


def _cell(platform, value, register):
    if is_ecp5(platform):
        return Instance(
            "TRELLIS_FF", a_keep=1, p_GSR="AUTO", p_CEMUX="1", p_CLKMUX="CLK", p_LSRMUX="LSR",
            p_REGSET="RESET", p_SRMODE="LSR_OVER_CE",
            i_CLK=ClockSignal(), i_LSR=C(0), i_DI=value, o_Q=register,
        )  # fmt: skip
    return Instance("SB_DFF", a_keep=1, i_C=ClockSignal(), i_D=value, o_Q=register)
