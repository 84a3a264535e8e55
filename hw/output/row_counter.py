"""Counts the rows that complete: within their tile, and within their pass."""

from amaranth.hdl import *

from convolith.hw.output.completion import Completion, PassRow
from convolith.hw.sequencer.countdown import Countdown
from convolith.model.options.config import ArrayConfig

__all__ = ["RowCounter"]


class RowCounter(Elaboratable):
    """Counts the rows of a tile and the tiles of a pass, as they complete.

    Latency: none; the members describe the row that completes in this cycle. Reset: row 0 of a
    tile.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    start : Value
        A layer begins.
    completion : Completion
    flows : list of DenseDataflow

    Members
    -------
    in_tile : Signal
        The row's number within its tile.
    tile_start : Value
        The row is its tile's first.
    pass_ends, pass_last, pass_begins : Signal
        ``ends``, ``last`` and ``begins`` of `PassRow`.
    """

    def __init__(
        self, config: ArrayConfig, layer, *, start: Value, completion: Completion, flows=()
    ):
        self.config, self.layer, self.start = config, layer, start
        self.completion, self.flows = completion, flows
        self.in_tile = Signal(range(max(2, config.rows)))
        self.tile_start = self.in_tile == 0
        self.pass_ends, self.pass_last, self.pass_begins = Signal(), Signal(), Signal()

    def elaborate(self, platform):
        m = Module()
        done = self.completion.done
        tile_end = done & (self.in_tile == self.config.rows - 1)
        if self.config.rows > 1:  # a single row is always its tile's first: no register
            with m.If(done):
                m.d.sync += self.in_tile.eq(Mux(tile_end, 0, self.in_tile + 1))
        m.submodules.px = px = Countdown(self.layer.px_count, self.start, tile_end)
        row = PassRow(ends=tile_end, last=px.last, begins=self.tile_start)
        for flow in self.flows:
            row = flow.pass_row(m, self.start, self.completion, row)
        m.d.comb += [
            self.pass_ends.eq(row.ends),
            self.pass_last.eq(row.last),
            self.pass_begins.eq(row.begins),
        ]
        return m
