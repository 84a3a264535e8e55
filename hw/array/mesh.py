"""The MAC array: R x C processing elements, the weight chain, the drain bus."""

from itertools import pairwise

from amaranth.hdl import *
from amaranth.lib import data

from convolith.hw.array.drain import Drain
from convolith.hw.array.pe import PE, pe_latency
from convolith.hw.cells.delay import bundle, delayed
from convolith.hw.cells.parts import parts_of
from convolith.hw.cells.products import has_cells
from convolith.hw.layouts.rows import sums_layout
from convolith.model.dataflow.cycles import array_latency, drain_levels
from convolith.model.options.config import ArrayConfig

__all__ = ["MacArray", "completion_lead"]


def completion_lead(config: ArrayConfig) -> int:
    """Cycles from ``completing`` of a `MacArray` to the row's sums, on every platform.

    Where there are multiplier cells, the way of the sums is a cycle longer, and a register follows
    the long way that tells which row completes.
    """
    return array_latency(config) - 1 + drain_levels(config.rows)


class MacArray(Elaboratable):
    """Output-stationary: a sum stays in its PE from ``first`` to ``last``, then leaves on the bus.

    Row r runs r cycles behind row 0: weights, ``first`` and ``last`` enter at row 0 and move down a
    row per cycle, and ``operands[r]`` must come r cycles after ``operands[0]``. So only one row
    completes at a time, and a new sum may begin in the cycle after the last product of the old one.
    Two ``last`` must be R or more cycles apart. Latency: from ``last`` to row 0 at the output
    ``pe_latency(config, platform) + drain_levels(R)`` cycles; row r comes r cycles later. No
    backpressure. Like its PEs, it works on the signals that it is given.

    Parameters
    ----------
    config : ArrayConfig
    rows : Feeder
        ``operands``: D activations for each row, or for each row and column. ``valid`` and
        ``final``, for each row: it has a pixel; it is the layer's last one. Row r's flags are used
        r cycles after ``last``. A row that is final must be valid.
    weights : WeightFetch
        ``weights``: C x D weights, for row 0; with two banks, the weights of both, the even bank's
        lowest. ``first`` and ``last``: row 0's operands begin a sum; they complete a sum.
    tags : Value
        Flags that other dataflows send down the rows together with ``last``.
    flows : list of DenseDataflow

    Members
    -------
    completing : View
        ``done``, ``valid`` and ``final``: the values that ``done``, ``o_valid`` and ``o.last`` will
        have. They come ``completion_lead(config)`` cycles earlier.
    done : Signal
        A row has completed.
    o_valid, o_comes : Signal
        The completed row has an output; that of the next cycle will have one.
    o : sums_layout(config)
        The sums of the completed row.
    pes : list of list of PE
        By row and column.
    """

    def __init__(self, config: ArrayConfig, *, rows, weights, tags=None, flows=()):
        self.config, self.flows = config, flows
        self.rows, self.weights = rows, weights
        self.tags = C(0, 0) if tags is None else tags
        self.done = Signal()
        self.o_valid = Signal()
        self.o_comes = Signal()
        self.completing = Signal(data.StructLayout({"done": 1, "valid": 1, "final": 1}))
        self.o = Signal(sums_layout(config))
        self.pes: list[list[PE]] = []

    def elaborate(self, platform):
        m = Module()
        rows = self.config.rows
        latency = pe_latency(self.config, platform)

        # first, last, tags and the weights move down a row per cycle. A dataflow may divide the
        # rows into lines; between two lines they may take some cycles more.
        starts = [0, *(row for flow in self.flows for row in flow.line_starts()), rows]
        first, last, tags = self.weights.first, self.weights.last, self.tags
        weights = self.weights.weights
        completes, completes_next, all_tags = [], [], []
        for line, (start, end) in enumerate(pairwise(starts)):
            per_line = end - start
            if line:
                down = bundle(first=first, last=last, tags=tags, weights=weights)
                for flow in self.flows:
                    down = flow.next_line(m, line, down)
                first, last, tags, weights = down.first, down.last, down.tags, down.weights
            # firsts[t] is `first` t cycles later, and lasts[t] likewise. Row i of the line is i
            # cycles behind the line's first row, and its sum takes `latency` cycles: so row i's
            # `first` is firsts[latency - 2 + i]. It comes two cycles before the sum: a register in
            # the PE takes one of them, the accumulator the other.
            firsts = delayed(
                m, first, latency - 2 + per_line - 1, name=f"first_{line}", reset_less=True
            )
            lasts = delayed(m, last, latency + per_line - 1, name=f"last_{line}")
            late_tags = delayed(m, tags, per_line, name=f"tags_{line}", reset_less=True)
            for i in range(per_line):
                weights = self.add_row(m, platform, start + i, weights, firsts[i + latency - 2])
            first, last, tags = firsts[per_line], lasts[per_line], late_tags[per_line]
            completes += lasts[:per_line]
            # A cycle before the PE's sum is complete: `Drain` wants to know then.
            completes_next += lasts[latency - 1 : latency - 1 + per_line]
            all_tags += late_tags[:per_line]

        m.submodules.drain = drain = Drain(
            [Cat(pe.accumulator for pe in row) for row in self.pes], completes_next
        )
        # Only one row completes at a time, so all rows share one pipeline for their flags. It is as
        # long as the way of the sums through PE and drain.
        valid, final = self.rows.valid, self.rows.final
        for flow in self.flows:
            valid, final = flow.outputs(valid, final, all_tags)
        flags = bundle(
            done=Cat(completes).any(), valid=(Cat(completes) & Cat(valid)).any(),
            final=(Cat(completes) & Cat(final)).any(),
        )
        on_their_way = delayed(m, flags, latency + drain_levels(rows), name="flags")
        *_, coming, flags = on_their_way
        m.d.comb += [
            self.completing.eq(on_their_way[has_cells(platform)]),
            self.done.eq(flags.done), self.o_valid.eq(flags.valid), self.o.last.eq(flags.final),
            self.o_comes.eq(coming.valid),
            self.o.sums.eq(drain.sums),
        ]
        return m

    def add_row(self, m, platform, r, weights, first):
        """Adds the PEs of a row. Returns the row's weights a cycle later, for the next row."""
        config = self.config
        chain = None  # None: the PEs' own registers are the chain
        for flow in self.flows:
            weights, chain = flow.row_weights(m, platform, r, weights)
        operands = self.rows.operands[r]
        per_column = operands if isinstance(operands, list) else [operands] * config.cols
        row = [
            PE(config, column, w, first) for column, w in zip(
                per_column, parts_of(weights, config.dot * config.weight_bits), strict=True
            )
        ]
        for c, pe in enumerate(row):
            m.submodules[f"pe_{r}_{c}"] = pe
        self.pes.append(row)
        return Cat(pe.weights for pe in row) if chain is None else chain
