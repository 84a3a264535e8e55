"""A number with its leading one in front: the significand of a float32, rounded half to even."""

from amaranth.hdl import *

__all__ = ["SIGNIFICAND", "Normalize", "normalize_latency"]

SIGNIFICAND = 24  # bits, the leading one among them


def _stages(width: int) -> list[list[int]]:
    """What each stage may shift by: one wide shift, or two narrow ones."""
    return [*([[32]] if width > 32 else []), [16], [8, 4], [2, 1]]


def normalize_latency(width: int) -> int:
    """Cycles of `Normalize`, for numbers of up to 32 bits, or up to 64."""
    return len(_stages(width)) + 1


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
        By how much it was shifted; one less if rounding has given it another digit: -1 at least.
    there : Signal
        The number is not zero.
    """

    def __init__(self, number: Value):
        self.number = number
        self.significand = Signal(SIGNIFICAND, reset_less=True)
        self.zeros = Signal(signed(7), reset_less=True)
        self.there = Signal(reset_less=True)

    def elaborate(self, platform):
        m = Module()
        # One bit behind the significand decides, and whether there is anything after it.
        width = max(len(self.number), SIGNIFICAND + 2)
        number = Cat(C(0, width - len(self.number)), self.number)
        zeros = C(0, 0)
        for i, shifts in enumerate(_stages(len(self.number))):
            shifted = []
            for by in shifts:
                go = ~number[-by:].any() if by < width else C(0)
                chosen = Signal(width, name=f"by_{by}")
                m.d.comb += chosen.eq(Mux(go, Cat(C(0, by), number)[:width], number))
                number = chosen
                shifted.insert(0, go)
            stage = Signal(width, name=f"number_{i}", reset_less=True)
            count = Signal(len(zeros) + len(shifted), name=f"zeros_{i}", reset_less=True)
            m.d.sync += [stage.eq(number), count.eq(Cat(*shifted, zeros))]
            number, zeros = stage, count
        kept, behind = number[-SIGNIFICAND:], number[:-SIGNIFICAND]
        up = behind[-1] & (behind[:-1].any() | kept[0])
        rounded = Signal(SIGNIFICAND + 1)
        m.d.comb += rounded.eq(kept + up)
        m.d.sync += [
            self.significand.eq(Cat(rounded[:-2], rounded[-1] | rounded[-2])),
            self.zeros.eq(zeros - rounded[-1]),
            self.there.eq(number[-1]),
        ]
        return m
