"""The drain bus: brings the sums of the row that is complete to one place."""

from amaranth.hdl import *

from convolith.hw.cells.copies import copies
from convolith.hw.cells.ecp5 import is_ecp5
from convolith.hw.cells.ecp5.wide_mux import WIDE, wide_mux
from convolith.hw.cells.products import has_cells
from convolith.model.dataflow.cycles import DRAIN_RADIX, DRAIN_ROWS, drain_levels

__all__ = ["Drain"]

FAN_OUT = 32  # LUTs that a register drives


class Drain(Elaboratable):
    """Selects one row's C sums per cycle, by a tree with a register per level.

    The first level has a multiplexer for every DRAIN_ROWS (8) rows, and each further level joins
    DRAIN_RADIX (4) words by OR gates. Latency: ``drain_levels(R)`` cycles. Throughput: a row per
    cycle; no two rows at a time. Like a PE, it works on the signals that it is given and has no
    ports.

    Parameters
    ----------
    rows : list of Value
        The C sums of each row, side by side.
    completes : list of Value
        One bit per row: its sums are taken in the next cycle. At most one bit is set at a time.

    Members
    -------
    sums : Signal
        The sums of the row that was taken. In other cycles they have no meaning.
    """

    def __init__(self, rows: list[Value], completes: list[Value]):
        self.rows, self.completes = rows, completes
        self.sums = Signal(len(rows[0]), reset_less=True)

    def elaborate(self, platform):
        m = Module()
        levels, starts = drain_levels(len(self.rows)), range(0, len(self.rows), DRAIN_ROWS)
        words = []
        for i, start in enumerate(starts):
            some = slice(start, start + DRAIN_ROWS)
            word = self.sums if levels == 1 else self.word(f"level_0_{i}")
            m.d.sync += word.eq(
                self.choice(m, platform, self.rows[some], self.completes[some], name=f"row_{i}")
            )
            if levels > 1:  # zero unless one of its rows is taken, for the OR gates
                taken = Signal(name=f"taken_{i}", reset_less=True)
                m.d.sync += taken.eq(Cat(self.completes[some]).any())
                with m.If(~taken):
                    m.d.sync += word.eq(0)
            words.append(word)
        for level in range(1, levels):
            groups = [words[i : i + DRAIN_RADIX] for i in range(0, len(words), DRAIN_RADIX)]
            words = []
            for i, group in enumerate(groups):
                word = self.sums if level == levels - 1 else self.word(f"level_{level}_{i}")
                m.d.sync += word.eq(_any_of(group))
                words.append(word)
        return m

    def choice(self, m, platform, rows, completes, *, name) -> Value:
        """The sums of the row that has completed, or of any row if none has."""
        width = len(self.sums)
        if len(rows) == 1:
            return rows[0]
        if not has_cells(platform):  # simulators are fastest with a register per row
            chosen = Signal(width, name=name)
            for r, (row, complete) in enumerate(zip(rows, completes, strict=True)):
                taken = Signal(name=f"{name}_taken_{r}", reset_less=True)
                m.d.sync += taken.eq(complete)
                with m.If(taken):
                    m.d.comb += chosen.eq(row)
            return chosen
        number = [
            Cat(completes[r] for r in range(len(rows)) if r >> bit & 1).any()
            for bit in range((len(rows) - 1).bit_length())
        ]
        # Each bit of the number in so many registers that none has too much to drive: the lowest
        # one chooses between the rows of all pairs.
        copied = []
        for b, bit in enumerate(number):
            loads = width * -(-len(rows) // (2 << b))
            registers = copies(m, platform, bit, -(-loads // FAN_OUT), name=f"{name}_number_{b}")
            copied.append([registers[i * len(registers) // width] for i in range(width)])
        chosen = Signal(width, name=name)
        for i, of in enumerate(zip(*copied, strict=True)):
            bits = [row[i] for row in rows]
            if is_ecp5(platform) and len(rows) in WIDE:
                bit = wide_mux(m, bits, of, name=f"{name}_{i}")
            else:
                bit = Array(bits)[Cat(of)]
            m.d.comb += chosen[i].eq(bit)
        return chosen

    def word(self, name):
        return Signal(len(self.sums), name=name, reset_less=True)


def _any_of(words):
    joined = words[0]
    for word in words[1:]:
        joined = joined | word
    return joined
