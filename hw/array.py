"""The MAC array: R x C processing elements, the weight chain, the drain bus."""

from amaranth.hdl import *
from amaranth.lib import data

from convolith.hw.copies import copies
from convolith.hw.delay import delayed
from convolith.hw.drain import Drain
from convolith.hw.pe import PE, pe_latency
from convolith.hw.products import has_cells
from convolith.model.config import ArrayConfig
from convolith.model.cycles import drain_levels

__all__ = ["MacArray", "sums_layout"]


def sums_layout(config: ArrayConfig) -> data.StructLayout:
    """One row of results: C sums, and whether they are the layer's last."""
    return data.StructLayout({
        "sums": data.ArrayLayout(signed(config.acc_bits), config.cols),
        "last": 1,
    })  # fmt: skip


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
    operands : list of Value
        Per row D activations.
    valid, final : list of Value
        Each row's pixel exists, and is the layer's last: for row r, r cycles after ``last``. A row
        that is final must be valid.
    weights : Value
        C x D weights, for row 0.
    first, last : Value
        Row 0's operands begin or complete a sum.

    Members
    -------
    done : Signal
        A row has completed,
    o_valid : Signal
        and its pixel exists,
    o : sums_layout(config)
        so these are its sums.
    pes : list of list of PE
    """

    def __init__(self, config: ArrayConfig, *, operands, valid, final, weights, first, last):
        self.config = config
        self.operands, self.valid, self.final = operands, valid, final
        self.weights, self.first, self.last = weights, first, last
        self.done = Signal()
        self.o_valid = Signal()
        self.o = Signal(sums_layout(config))
        self.pes: list[list[PE]] = []

    def elaborate(self, platform):
        m = Module()
        rows, cols = self.config.rows, self.config.cols
        latency = pe_latency(self.config, platform)

        # Down the rows, a cycle each: first, last. Along the pipeline: what begins, what completes.
        firsts = delayed(m, self.first, latency - 2 + rows - 1, name="first", reset_less=True)
        lasts = delayed(m, self.last, latency + rows - 1, name="last")
        width = self.config.dot * self.config.weight_bits
        above = [self.weights[c * width : (c + 1) * width] for c in range(cols)]
        for r in range(rows):
            first = firsts[r + latency - 2]
            row = [PE(self.config, self.operands[r], w, first) for w in above]
            for c, pe in enumerate(row):
                m.submodules[f"pe_{r}_{c}"] = pe
            above = [pe.weights for pe in row]
            self.pes.append(row)

        sums = self.drain(m, platform, lasts[latency - 1 : -1])
        # One row at a time: its bits join one pipeline that is as long as its sums' way.
        completes = lasts[:rows]
        flags = Cat(
            Cat(completes).any(),
            (Cat(completes) & Cat(self.valid)).any(),
            (Cat(completes) & Cat(self.final)).any(),
        )
        flags = delayed(m, flags, latency + drain_levels(rows), name="flags")[-1]
        m.d.comb += [
            Cat(self.done, self.o_valid, self.o.last).eq(flags),
            self.o.sums.eq(sums),
        ]
        return m

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
