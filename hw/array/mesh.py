"""The MAC array: R x C processing elements, the weight chain, the drain bus."""

from itertools import pairwise

from amaranth.hdl import *

from convolith.hw.array.drain import Drain
from convolith.hw.array.pe import PE, pe_latency
from convolith.hw.cells.copies import copies
from convolith.hw.cells.delay import delayed
from convolith.hw.cells.products import has_cells
from convolith.hw.dataflow.shared.variable_delay import Hop
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
    shared : PatchRows, optional
        What rows do in layers that share words.
    next_odd : list of Value, optional
        With two banks: which of them each row takes its weights from, a cycle ahead. ``weights``
        are then those of both, the even one's lowest.

    Members
    -------
    early : Signal, 3
        ``done``, ``o_valid`` and ``o.last``, as many cycles earlier as sums take from the operands
        of a row's last products to ``o``.
    done : Signal
        A row has completed,
    o_valid : Signal
        and its pixel exists,
    o : sums_layout(config)
        so these are its sums.
    pes : list of list of PE
    """

    def __init__(
        self, config: ArrayConfig, *, operands, valid, final, weights, first, last, shared=None,
        next_odd=(),
    ):
        self.config, self.shared = config, shared
        self.operands, self.valid, self.final = operands, valid, final
        self.weights, self.first, self.last = weights, first, last
        self.next_odd = next_odd
        self.done = Signal()
        self.o_valid = Signal()
        self.early = Signal(3)
        self.o = Signal(sums_layout(config))
        self.pes: list[list[PE]] = []

    def elaborate(self, platform):
        m = Module()
        rows = self.config.rows
        latency = pe_latency(self.config, platform)

        # Down the rows, a cycle each: first, last, and the weights. With patches, a line's rows are
        # followed by the next line's as many cycles later as the layer says.
        starts = [0, *self.line_starts(), rows]
        first, last, weights = self.first, self.last, self.weights
        tags = self.shared.patch_end if self.shared else C(0, 0)
        completes, completes_next, all_tags = [], [], []
        for line, (start, end) in enumerate(pairwise(starts)):
            per_line = end - start
            if line:
                m.submodules[f"hop_{line}"] = hop = Hop(
                    Cat(first, last, tags, weights), self.shared.layer.hop
                )
                first, last, tags = hop.o[0], hop.o[1], hop.o[2 : 2 + len(tags)]
                weights = hop.o[2 + len(tags) :]
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
            completes_next += lasts[latency - 1 : latency - 1 + per_line]
            all_tags += late_tags[:per_line]

        sums = self.drain(m, platform, completes_next)
        # One row at a time: its bits join one pipeline that is as long as its sums' way.
        valid, final = self.valid, self.final
        if self.shared:
            valid, final = self.shared.outputs(valid, final, all_tags)
        flags = Cat(
            Cat(completes).any(),
            (Cat(completes) & Cat(valid)).any(),
            (Cat(completes) & Cat(final)).any(),
        )
        m.d.comb += self.early.eq(flags)
        flags = delayed(m, flags, latency + drain_levels(rows), name="flags")[-1]
        m.d.comb += [
            Cat(self.done, self.o_valid, self.o.last).eq(flags),
            self.o.sums.eq(sums),
        ]
        return m

    def line_starts(self):
        """The rows that begin a line within a patch; the next lane group's follows at once."""
        lines, outputs = self.config.patch
        if not self.shared or lines == 1:
            return []
        return [
            row for row in range(0, self.config.rows, outputs) if row % (lines * outputs)
        ]

    def add_row(self, m, platform, r, weights, first):
        """The PEs of a row; its weights, a cycle later, for the next one."""
        config = self.config
        width = config.dot * config.weight_bits
        chain, row = None, []
        if config.pack_edges:
            chain = Signal(len(weights), name=f"weights_{r}", reset_less=True)
            m.d.sync += chain.eq(weights)
            weights = self.choose(m, platform, r, weights)
        for c in range(config.cols):
            operands = self.operands[r]
            operands = operands[c] if isinstance(operands, list) else operands
            pe = PE(config, operands, weights[c * width : (c + 1) * width], first)
            m.submodules[f"pe_{r}_{c}"] = pe
            row.append(pe)
        self.pes.append(row)
        return Cat(pe.weights for pe in row) if chain is None else chain

    def choose(self, m, platform, r, weights):
        """A row's weights, of the bank that it takes them from; a select for every few columns."""
        width = self.config.dot * self.config.weight_bits
        banks = [weights[: len(weights) // 2], weights[len(weights) // 2 :]]
        bits = width * max(1, SELECT_FAN_OUT // width)
        parts = range(0, len(banks[0]), bits)
        selects = copies(m, platform, self.next_odd[r], len(parts), name=f"odd_{r}")
        return Cat(
            Mux(select, banks[1][bit : bit + bits], banks[0][bit : bit + bits])
            for select, bit in zip(selects, parts, strict=True)
        )

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
