"""Adds the bias, or the partial sums of other input channels, to each row of sums."""

from functools import reduce
from operator import or_

from amaranth.hdl import *

from convolith.hw.cells.delay import bundle, delayed, register
from convolith.hw.cells.ecp5 import is_ecp5
from convolith.hw.cells.ecp5.carry_chain import add_joined
from convolith.hw.cells.parts import parts_of
from convolith.hw.layouts.rows import sums_layout
from convolith.hw.output.bias import BiasReader
from convolith.hw.output.completion import Completion
from convolith.hw.output.partial_sums import PartialSums
from convolith.hw.output.row_counter import RowCounter
from convolith.model.dataflow.cycles import MEMORY_LATENCY
from convolith.model.options.config import ArrayConfig

__all__ = ["RowAdder"]


class RowAdder(Elaboratable):
    """Adds a row of C numbers to each row of C sums: biases or partial sums.

    A layer whose input channels are split runs piece after piece: all pieces but the last keep
    their sums, and all but the first add what was kept. Throughput: a row per cycle. Latency: one
    cycle from ``sums`` to ``o``.

    It is known ``ahead`` cycles before its sums come that a row completes. The word to be added is
    read MEMORY_LATENCY + 1 cycles before them, as it waits in a register for a cycle. There it is
    set to zero if the layer does not add it: at no cost, as flip-flops can be cleared.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
        Stable until the layer's last row is out.
    start : Value
        A layer begins.
    array : MacArray
        ``o.sums``: a row's sums. ``completing``: ``done``, a row completes; ``valid``, it has an
        output; ``final``, the output is the layer's last. They come ``ahead`` cycles before the
        sums.
    ahead : int
        At least MEMORY_LATENCY + 1.
    bias : ReadPort or None
    flows : list of DenseDataflow

    Members
    -------
    o : View of sums_layout(config)
        The row of totals.
    o_valid, o_comes : Signal
        The row leaves; a row will leave in the next cycle.
    done : Signal
        A row is done, whether it leaves or not.
    kept : Signal
        The row is the last one of a layer whose sums are kept.
    rows : RowCounter
        Counts the rows that complete.
    latency : int
        Cycles from a row's completion to ``o``.
    """

    def __init__(
        self, config: ArrayConfig, layer, *, start: Value, array, ahead: int, bias, flows=()
    ):
        if ahead <= MEMORY_LATENCY:
            raise ValueError(f"ahead must be more than {MEMORY_LATENCY}, not {ahead}")
        self.config, self.layer, self.start, self.flows = config, layer, start, flows
        self.sums, self.ahead, self.bias = Value.cast(array.o.sums), ahead, bias
        self.latency = ahead + 1
        self.totals, self.last = Signal(config.sums_bits, reset_less=True), Signal()
        self.o = sums_layout(config)(Cat(self.totals, self.last))
        self.o_valid = Signal()
        self.o_comes = Signal()
        self.done, self.kept = Signal(), Signal()
        completing = array.completing
        self.completion = Completion(
            done=completing.done, valid=completing.valid, final=completing.final,
            begins=completing.valid, ends=completing.valid, second=C(0, 0),
        )
        self.rows = RowCounter(
            config, layer, start=start, completion=self.completion, flows=flows
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.rows = self.rows
        row = self.completion
        for flow in self.flows:
            row = flow.completion(m, row)
        flags = bundle(done=row.done, ends=row.ends, final=row.final, second=row.second)
        # `leaves` comes with `o`. `now` comes two cycles before it, and so a cycle before `sums`:
        # a dataflow takes `second` through a register.
        *_, now, coming, leaves = delayed(m, flags, self.latency, name="row")
        keeps, words = self.words(m, row, leaves.ends)
        words = [register(m, f"addend_{i}", word) for i, word in enumerate(words)]
        joined = reduce(or_, words)  # a layer adds its bias or partial sums, never both
        sums, added, before, *each = (
            parts_of(of, self.config.acc_bits) for of in (self.sums, joined, self.totals, *words)
        )
        totals = None
        for flow in self.flows:
            totals = flow.totals(m, platform, totals, sums, added, before, now.second)
        if totals is None and is_ecp5(platform) and len(words) == 2:
            totals = [
                add_joined(m, *column, name=f"total_{c}")
                for c, column in enumerate(zip(sums, *each, strict=True))
            ]
        elif totals is None:
            totals = [a + b for a, b in zip(sums, added, strict=True)]
        m.d.sync += [to.eq(total) for to, total in zip(before, totals, strict=True)]
        m.d.comb += [
            self.done.eq(leaves.done),
            self.o_valid.eq(leaves.ends & ~keeps),
            self.o_comes.eq(coming.ends & ~keeps),
            self.last.eq(leaves.final),
            self.kept.eq(leaves.final & keeps),
        ]
        return m

    def words(self, m, row: Completion, leaves: Value) -> tuple[Value, list[Value]]:
        """Whether the layer keeps its sums, and the words to be added, as they leave the memories.

        A word that the layer does not add is zero.
        """
        words, keeps, later = [], C(0), self.ahead - MEMORY_LATENCY - 1
        if self.bias is not None:
            m.submodules.bias = bias = BiasReader(
                self.layer, start=self.start, row=self.rows, port=self.bias, later=later,
                flows=self.flows,
            )
            words.append(bias.word)
        if self.config.sum_words:
            keeps = self.layer.keep_sums
            m.submodules.partial_sums = kept = PartialSums(
                self.config, self.layer, start=self.start,
                read=delayed(m, row.begins, later, name="begins")[-1],
                write=leaves & keeps, sums=self.totals,
            )
            words.append(kept.word)
        return keeps, words
