"""Adds the bias, or the partial sums of other input channels, to each row of sums."""

from functools import reduce
from operator import or_

from amaranth.hdl import *

from convolith.hw.cells.delay import bundle, delayed
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

    The word to be added is read as soon as it is known that a row completes, ``ahead`` cycles
    before its sums come. The memory takes MEMORY_LATENCY of these cycles, and for the rest the word
    waits in registers.

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
    o_valid : Signal
        The row leaves.
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
        *_, now, _, leaves = delayed(m, flags, self.latency, name="row")
        keeps, words = self.words(m, row, leaves.ends)
        word = delayed(
            m, words, self.ahead - MEMORY_LATENCY, name="addend", reset_less=True
        )[-1]
        sums, added, before = (
            parts_of(of, self.config.acc_bits) for of in (self.sums, word, self.totals)
        )
        totals = [a + b for a, b in zip(sums, added, strict=True)]
        for flow in self.flows:
            totals = flow.totals(m, platform, totals, sums, added, before, now.second)
        m.d.sync += [to.eq(total) for to, total in zip(before, totals, strict=True)]
        m.d.comb += [
            self.done.eq(leaves.done),
            self.o_valid.eq(leaves.ends & ~keeps),
            self.last.eq(leaves.final),
            self.kept.eq(leaves.final & keeps),
        ]
        return m

    def words(self, m, row: Completion, leaves: Value) -> tuple[Value, Value]:
        """Whether the layer keeps its sums, and the word to be added, as it leaves the memories.

        A layer adds its bias or partial sums, never both. The other word is zero, so an OR joins
        the two.
        """
        words, keeps = [C(0, self.config.sums_bits)], C(0)
        if self.bias is not None:
            m.submodules.bias = bias = BiasReader(
                self.layer, start=self.start, row=self.rows, port=self.bias, flows=self.flows
            )
            words.append(bias.word)
        if self.config.sum_words:
            keeps = self.layer.keep_sums
            m.submodules.partial_sums = kept = PartialSums(
                self.config, self.layer, start=self.start, read=row.begins,
                write=leaves & keeps, sums=self.totals,
            )
            words.append(kept.word)
        return keeps, reduce(or_, words)
