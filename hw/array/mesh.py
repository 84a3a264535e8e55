"""The MAC array: R x C processing elements, the weight chain, the drain bus."""

from itertools import pairwise

from amaranth.hdl import *
from amaranth.lib import data

from convolith.hw.array.drain import Drain
from convolith.hw.array.pe import PE, pe_latency
from convolith.hw.cells.copies import copies
from convolith.hw.cells.delay import bundle, delayed
from convolith.hw.cells.parts import parts_of
from convolith.hw.cells.products import has_cells
from convolith.hw.layouts.rows import sums_layout
from convolith.model.dataflow.cycles import drain_levels
from convolith.model.options.config import ArrayConfig

__all__ = ["MacArray"]


SELECT_FAN_OUT = 32  # bits


class MacArray(Elaboratable):
    """Output-stationary: a sum stays in its PE from ``first`` to ``last``, then leaves on the bus.

    Row r runs r cycles behind row 0: weights, ``first`` and ``last`` enter at row 0 and move down a
    row per cycle, and ``operands[r]`` must come r cycles after ``operands[0]``. So one row at a
    time completes, and a new sum may begin in the cycle after the old one's last product. Two
    ``last`` must be R or more cycles apart. Latency: ``last`` to its row 0 at the output,
    ``pe_latency(config, platform) + drain_levels(R)`` cycles; row r comes r cycles later. No
    backpressure. Like its PEs it works on the signals that it is given.

    Parameters
    ----------
    config : ArrayConfig
    operands : list of Value, or list of list of Value
        Per row D activations, or per row and column.
    valid, final : list of Value
        Each row's pixel exists, and is the layer's last: for row r, r cycles after ``last``. A row
        that is final must be valid.
    weights : Value
        C x D weights, for row 0.
    first, last : Value
        Row 0's operands begin or complete a sum.
    tags : Value
        What other dataflows send down the rows together with ``last``.
    flows : list of DenseDataflow
        With two banks of weights, ``weights`` are those of both, the even one's lowest.

    Members
    -------
    completing : View
        ``done``, ``valid`` and ``final``: what ``done``, ``o_valid`` and ``o.last`` will be, as
        many cycles earlier as sums take from the operands of a row's last products to ``o``.
    done : Signal
        A row has completed,
    o_valid : Signal
        and its pixel exists,
    o : sums_layout(config)
        so these are its sums.
    pes : list of list of PE
    """

    def __init__(
        self, config: ArrayConfig, *, operands, valid, final, weights, first, last, tags=None,
        flows=(),
    ):
        self.config, self.flows = config, flows
        self.operands, self.valid, self.final = operands, valid, final
        self.weights, self.first, self.last = weights, first, last
        self.tags = C(0, 0) if tags is None else tags
        self.done = Signal()
        self.o_valid = Signal()
        self.completing = Signal(data.StructLayout({"done": 1, "valid": 1, "final": 1}))
        self.o = Signal(sums_layout(config))
        self.pes: list[list[PE]] = []

    def elaborate(self, platform):
        m = Module()
        rows = self.config.rows
        latency = pe_latency(self.config, platform)

        # Down the rows, a cycle each: first, last, and the weights. Where a dataflow divides the
        # rows into lines, the next line's rows may be some cycles later than the line's own.
        starts = [0, *(row for flow in self.flows for row in flow.line_starts()), rows]
        first, last, tags, weights = self.first, self.last, self.tags, self.weights
        completes, completes_next, all_tags = [], [], []
        for line, (start, end) in enumerate(pairwise(starts)):
            per_line = end - start
            if line:
                down = bundle(first=first, last=last, tags=tags, weights=weights)
                for flow in self.flows:
                    down = flow.next_line(m, line, down)
                first, last, tags, weights = down.first, down.last, down.tags, down.weights
            # Along the pipeline: what begins, what completes.
            firsts = delayed(
                m, first, latency - 2 + per_line - 1, name=f"first_{line}", reset_less=True
            )
            lasts = delayed(m, last, latency + per_line - 1, name=f"last_{line}")
            late_tags = delayed(m, tags, per_line, name=f"tags_{line}", reset_less=True)
            for i in range(per_line):
                weights = self.add_row(m, platform, start + i, weights, firsts[i + latency - 2])
            first, last, tags = firsts[per_line], lasts[per_line], late_tags[per_line]
            completes += lasts[:per_line]
            # A PE's sum is complete in the next cycle; the drain selects it then.
            completes_next += lasts[latency - 1 : latency - 1 + per_line]
            all_tags += late_tags[:per_line]

        sums = self.drain(m, platform, completes_next)
        # One row at a time: its bits join one pipeline that is as long as its sums' way.
        valid, final = self.valid, self.final
        for flow in self.flows:
            valid, final = flow.outputs(valid, final, all_tags)
        m.d.comb += [
            self.completing.done.eq(Cat(completes).any()),
            self.completing.valid.eq((Cat(completes) & Cat(valid)).any()),
            self.completing.final.eq((Cat(completes) & Cat(final)).any()),
        ]
        flags = delayed(m, self.completing, latency + drain_levels(rows), name="flags")[-1]
        m.d.comb += [
            self.done.eq(flags.done), self.o_valid.eq(flags.valid), self.o.last.eq(flags.final),
            self.o.sums.eq(sums),
        ]
        return m

    def add_row(self, m, platform, r, weights, first):
        """The PEs of a row; its weights, a cycle later, for the next one."""
        config = self.config
        chain = None  # the PEs' own registers, unless a dataflow has others
        for flow in self.flows:
            weights, chain = flow.row_weights(m, platform, r, weights)
        operands = self.operands[r]
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

    def drain(self, m, platform, completes_next):
        """A bus for every few columns, each with selects of its own: no net goes everywhere."""
        columns = self.config.cols
        if has_cells(platform):
            columns = max(1, SELECT_FAN_OUT // self.config.acc_bits)
        groups = range(0, self.config.cols, columns)
        selects = [
            copies(m, platform, completes, len(groups), name=f"select_{r}")
            for r, completes in enumerate(completes_next)
        ]
        sums = []
        for i, c in enumerate(groups):
            words = [Cat(pe.accumulator for pe in row[c : c + columns]) for row in self.pes]
            m.submodules[f"drain_{c}"] = drain = Drain(words, [select[i] for select in selects])
            sums.append(drain.sums)
        return Cat(sums)
