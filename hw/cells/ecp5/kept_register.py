"""A flip-flop that Yosys keeps beside others that hold the same."""

from amaranth.hdl import *

__all__ = ["kept_registers"]


def kept_registers(m: Module, value: Value, count: int, *, name: str) -> list[Signal]:
    """So many registers that hold ``value`` a cycle later; their names have a number each."""
    registers = [Signal(name=f"{name}_{i}") for i in range(count)]
    for register in registers:
        m.submodules[f"{register.name}_cell"] = Instance(
            "TRELLIS_FF", a_keep=1, p_GSR="AUTO", p_CEMUX="1", p_CLKMUX="CLK", p_LSRMUX="LSR",
            p_REGSET="RESET", p_SRMODE="LSR_OVER_CE",
            i_CLK=ClockSignal(), i_LSR=C(0), i_DI=value, o_Q=register,
        )
    return registers
