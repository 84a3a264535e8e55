"""What begins with a row of sums: a pass, a tile, a lane group's outputs."""

from amaranth.hdl import *

from convolith.hw.cells.delay import bundle, delayed
from convolith.hw.layouts.rows import starts_layout
from convolith.hw.output.row_counter import RowCounter

__all__ = ["RowStarts"]


class RowStarts(Elaboratable):
    """Says for each row what begins with it. The requantization parameters follow from that.

    Latency: ``later`` cycles from the row's completion.

    Parameters
    ----------
    start : Value
        A layer begins.
    row : RowCounter
    later : int
    flows : list of DenseDataflow

    Members
    -------
    o : View of starts_layout
    """

    def __init__(self, *, start: Value, row: RowCounter, later: int, flows=()):
        self.start, self.row, self.later, self.flows = start, row, later, flows
        self.o = Signal(starts_layout())

    def elaborate(self, platform):
        m = Module()
        row = self.row
        new_pass = Signal(reset_less=True)  # the next row that can begin a pass begins one
        with m.If(self.start | row.pass_ends):
            m.d.sync += new_pass.eq(self.start | row.pass_last)
        group: Value = C(0, 1)
        for flow in self.flows:
            group = flow.group_start(group, row.in_tile)
        begun = bundle(pass_=row.pass_begins & new_pass, tile=row.tile_start, group=group)
        starts = delayed(m, begun, self.later, name="starts", reset_less=True)[-1]
        for flow in self.flows:
            starts = flow.row_starts(m, starts)
        m.d.comb += self.o.eq(starts)
        return m
