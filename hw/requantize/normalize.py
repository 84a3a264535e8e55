"""Normalizes a number: its highest 24 bits as a float32's significand, rounded half to even."""

from amaranth.hdl import *

__all__ = ["SIGNIFICAND", "Normalize", "normalize_latency"]

SIGNIFICAND = 24  # bits, the leading one among them


def _shifts(width: int) -> list[int]:
    """The shift of each stage. Each stage has one only, as it depends on the stage before."""
    return [*([32] if width > 32 else []), 16, 8, 4, 2, 1]


def normalize_latency(width: int) -> int:
    """Cycles of `Normalize`, for numbers of up to 32 bits, or up to 64."""
    return len(_shifts(width)) + 2


class Normalize(Elaboratable):
    """Shifts a number to the left until its leading one is the uppermost bit, and rounds it.

    number * 2**zeros = significand * 2**(width - 24), rounded half to even. Latency:
    ``normalize_latency(width)``; throughput: one per cycle. Reset: none.

    Parameters
    ----------
    number : Value
        Unsigned, up to 64 bits.

    Members
    -------
    significand : Signal, 24
    zeros : Signal
        The leading zeros by which the number was shifted. One less if rounding up has carried into
        another bit, so -1 at least.
    nonzero : Signal
        The number is not zero.
    """

    def __init__(self, number: Value):
        self.number = number
        self.significand = Signal(SIGNIFICAND, reset_less=True)
        self.zeros = Signal(signed(7), reset_less=True)
        self.nonzero = Signal(reset_less=True)

    def elaborate(self, platform):
        m = Module()
        # Rounding needs the bit behind the significand, and whether any bit after that is 1.
        width = max(len(self.number), SIGNIFICAND + 2)
        number = Cat(C(0, width - len(self.number)), self.number)
        zeros = C(0, 0)
        for by in _shifts(len(self.number)):
            go = ~number[-by:].any()
            stage = Signal(width, name=f"by_{by}", reset_less=True)
            count = Signal(len(zeros) + 1, name=f"zeros_{by}", reset_less=True)
            m.d.sync += [
                stage.eq(Mux(go, Cat(C(0, by), number)[:width], number)),
                count.eq(Cat(go, zeros)),
            ]
            number, zeros = stage, count
        # Whether to round up takes one cycle, as it depends on all bits behind the significand. The
        # sum takes another one for its carries.
        kept = Signal(SIGNIFICAND, reset_less=True)
        up = Signal(reset_less=True)
        shifted = Signal.like(zeros, name="shifted", reset_less=True)
        behind = number[:-SIGNIFICAND]
        m.d.sync += [
            kept.eq(number[-SIGNIFICAND:]),
            up.eq(behind[-1] & (behind[:-1].any() | number[-SIGNIFICAND])),
            shifted.eq(zeros),
        ]
        rounded = Signal(SIGNIFICAND + 1)
        m.d.comb += rounded.eq(kept + up)
        m.d.sync += [
            self.significand.eq(Cat(rounded[:-2], rounded[-1] | rounded[-2])),
            self.zeros.eq(shifted - rounded[-1]),
            self.nonzero.eq(kept[-1]),
        ]
        return m
