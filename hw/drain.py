"""The drain bus: the sums of whichever row is complete, to one place."""

from amaranth.hdl import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from convolith.model.config import ArrayConfig
from convolith.model.cycles import DRAIN_RADIX, drain_levels

__all__ = ["Drain"]


class Drain(wiring.Component):
    """Selects one row's C sums per cycle, through a tree of OR gates with a register per level.

    Latency: ``drain_levels(rows)`` cycles. Throughput: a row per cycle; no two rows at a time.

    Members
    -------
    rows : in
        Per row its C sums, side by side.
    select : in(R)
        The row that is complete, if any; at most one bit.
    sums : out
        Its sums; zero if there was none.
    """

    def __init__(self, config: ArrayConfig):
        self.config = config
        width = config.cols * config.acc_bits
        super().__init__({
            "rows": In(width).array(config.rows),
            "select": In(config.rows),
            "sums": Out(width),
        })  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        gated = [Mux(self.select[r], self.rows[r], 0) for r in range(self.config.rows)]
        words, radix = gated, 2  # one LUT4 per bit takes two gated rows, or four plain words
        for level in range(drain_levels(self.config.rows)):
            groups = [words[i : i + radix] for i in range(0, len(words), radix)]
            words, radix = [], DRAIN_RADIX
            for i, group in enumerate(groups):
                word = Signal(len(self.sums), name=f"level_{level}_{i}", reset_less=True)
                joined = group[0]
                for other in group[1:]:
                    joined = joined | other
                m.d.sync += word.eq(joined)
                words.append(word)
        m.d.comb += self.sums.eq(words[0])
        return m
