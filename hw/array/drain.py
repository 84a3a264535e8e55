"""The drain bus: brings the sums of the row that is complete to one place."""

from amaranth.hdl import *

from convolith.model.dataflow.cycles import DRAIN_RADIX, drain_levels

__all__ = ["Drain"]


class Drain(Elaboratable):
    """Selects one row's C sums per cycle, through a tree of OR gates with a register per level.

    Latency: ``drain_levels(R)`` cycles. Throughput: a row per cycle; no two rows at a time. Like a
    PE, it works on the signals that it is given and has no ports.

    Parameters
    ----------
    rows : list of Value
        The C sums of each row, side by side.
    select : list of Value
        One bit per row: the row is complete. At most one bit is set at a time.

    Members
    -------
    sums : Signal
        The complete row's sums; zero if there was none.
    """

    def __init__(self, rows: list[Value], select: list[Value]):
        self.rows, self.select = rows, select
        self.sums = Signal(len(rows[0]), reset_less=True)

    def elaborate(self, platform):
        m = Module()
        levels = drain_levels(len(self.rows))
        words = []
        # One LUT4 per bit joins two rows with their selects. From the second level on, words are
        # zero unless selected, so that one LUT4 joins four of them.
        for i in range(0, len(self.rows), 2):
            word = self.sums if levels == 1 else self.word(f"level_0_{i // 2}")
            m.d.sync += word.eq(0)
            for row, select in zip(self.rows[i : i + 2], self.select[i : i + 2], strict=True):
                with m.If(select):
                    m.d.sync += word.eq(row)
            words.append(word)
        for level in range(1, levels):
            groups = [words[i : i + DRAIN_RADIX] for i in range(0, len(words), DRAIN_RADIX)]
            words = []
            for i, group in enumerate(groups):
                word = self.sums if level == levels - 1 else self.word(f"level_{level}_{i}")
                m.d.sync += word.eq(_any_of(group))
                words.append(word)
        return m

    def word(self, name):
        return Signal(len(self.sums), name=name, reset_less=True)


def _any_of(words):
    joined = words[0]
    for word in words[1:]:
        joined = joined | word
    return joined
