"""The MAC array: R x C processing elements, the weight chain, the drain bus."""

from amaranth.hdl import *
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from convolith.hw.delay import delayed
from convolith.hw.drain import Drain
from convolith.hw.pe import PE
from convolith.model.config import ArrayConfig
from convolith.model.cycles import array_latency, drain_levels

__all__ = ["MacArray", "sums_layout"]


def sums_layout(config: ArrayConfig) -> data.StructLayout:
    """One row of results: C sums, and whether they are the layer's last."""
    return data.StructLayout({
        "sums": data.ArrayLayout(signed(config.acc_bits), config.cols),
        "last": 1,
    })  # fmt: skip


class MacArray(wiring.Component):
    """Output-stationary: a sum stays in its PE from ``first`` to ``last``, then leaves on the bus.

    Row r runs r cycles behind row 0: weights, ``first`` and ``last`` enter at row 0 and move down a
    row per cycle, and ``operands[r]`` must come r cycles after ``operands[0]``. So one row at a time
    completes, and a new sum may begin in the cycle after the old one's last product. Two ``last``
    must be R or more cycles apart. Latency: ``last`` to its row 0 at the output,
    ``array_latency(config) + drain_levels(R)`` cycles; row r comes r cycles later. No backpressure.

    Members
    -------
    operands : in
        R x D activations.
    weights : in
        C x D weights, for row 0.
    first, last : in
        Row 0's operands begin or complete a sum.
    valid, final : in(R)
        Each row's pixel exists, and is the layer's last; with that row's ``last``.
    done : out
        A row has completed,
    o_valid : out
        and its pixel exists,
    o : sums_layout(config), out
        so these are its sums.
    """

    def __init__(self, config: ArrayConfig):
        self.config = config
        activations = data.ArrayLayout(signed(config.act_bits), config.dot)
        weights = data.ArrayLayout(signed(config.weight_bits), config.dot)
        super().__init__({
            "operands": In(data.ArrayLayout(activations, config.rows)),
            "weights": In(data.ArrayLayout(weights, config.cols)),
            "first": In(1),
            "last": In(1),
            "valid": In(config.rows),
            "final": In(config.rows),
            "done": Out(1),
            "o_valid": Out(1),
            "o": Out(sums_layout(config)),
        })  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        rows, cols = self.config.rows, self.config.cols
        latency = array_latency(self.config)
        m.submodules.drain = drain = Drain(self.config)

        # Down the rows, a cycle each: first, last. Along the pipeline: when to begin, what completes.
        firsts = delayed(m, self.first, latency - 2 + rows - 1, name="first", reset_less=True)
        lasts = delayed(m, self.last, latency + rows - 1, name="last")
        weights = [self.weights[c] for c in range(cols)]
        valids, finals = [], []
        self.pes: list[list[PE]] = [[] for _ in range(rows)]
        for r in range(rows):
            sums = []
            for c in range(cols):
                m.submodules[f"pe_{r}_{c}"] = pe = PE(self.config)
                m.d.comb += [
                    pe.a.eq(self.operands[r]),
                    pe.w.eq(weights[c]),
                    pe.first.eq(firsts[r + latency - 2]),
                ]
                weights[c] = pe.w_down
                sums.append(pe.sum)
                self.pes[r].append(pe)
            m.d.comb += [drain.rows[r].eq(Cat(sums)), drain.select[r].eq(lasts[r + latency])]
            valids.append(lasts[r] & self.valid[r])
            finals.append(lasts[r] & self.final[r])

        # One row at a time: its bits join one pipeline that is as long as its sums' way.
        way = latency + drain_levels(rows)
        flags = Cat(Cat(lasts[:rows]).any(), Cat(valids).any(), Cat(finals).any())
        flags = delayed(m, flags, way, name="flags")[-1]
        m.d.comb += [
            Cat(self.done, self.o_valid, self.o.last).eq(flags),
            self.o.sums.eq(drain.sums),
        ]
        return m
