"""Behind the output FIFO: rows of sums leave as they are, or through the lanes."""

from amaranth.hdl import *

from convolith.hw.cells.delay import delayed
from convolith.hw.output.result_fifo import ResultFifo
from convolith.hw.requantize.parameter_word import ParameterWord
from convolith.hw.requantize.processor import PostProcessor
from convolith.hw.sequencer.credits import Credits
from convolith.hw.store.store import ResultStore
from convolith.model.dataflow.cycles import FIFO_LATENCY
from convolith.model.dataflow.exits import POST_LATENCY, STORE_GAP
from convolith.model.options.config import ArrayConfig

__all__ = ["PostStage"]


class PostStage(Elaboratable):
    """Takes rows from the output FIFO, and gives each one to one of two streams.

    Latency: none to ``o``; POST_LATENCY[mode] + FIFO_LATENCY cycles to ``results``. Throughput: a
    row per cycle to ``o``, or L sums per cycle to ``results``. Results wait in a FIFO of their own.
    The lanes take sums only if it has room. Reset: drops all rows and results inside.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
        Stable until the layer's last results are out.
    start : Value
        A layer begins.
    i : stream of tagged_layout(config)
        Driven by the output FIFO.
    ports : Core
        Its output streams ``o`` and ``results``, and its memory ports ``parameters`` and
        ``store``. If it is ``gated``, the lanes are in the clock domain "lanes".
    flows : list of DenseDataflow

    Members
    -------
    busy : Signal
        A layer's results are still to come, from the cycle after ``start``.
    active : Signal
        As in `PostProcessor`.
    """

    def __init__(self, config: ArrayConfig, layer, *, start, i, ports, flows=()):
        self.config, self.layer, self.start = config, layer, start
        self.i, self.ports, self.flows = i, ports, flows
        self.busy = Signal()
        self.active = Signal()

    def elaborate(self, platform):
        m = Module()
        config, i, o, results = self.config, self.i, self.ports.o, self.ports.results
        head = i.payload
        valid = i.valid & head.requantize
        # Deep enough that the lanes never wait for a consumer who is always ready.
        depth = POST_LATENCY[config.post_mode] + FIFO_LATENCY + 4
        # `room` is a register, for the clock's sake: it says what held a cycle ago. As a word may
        # have been taken since, it asks for room for two.
        room, goes = Signal(reset_less=True), Signal()
        word = ParameterWord(config, self.layer, start=self.start, starts=head.starts,
                             flows=self.flows)
        m.submodules.word = word
        m.submodules.processor = post = PostProcessor(
            config, self.layer, valid=valid, sums=Value.cast(head.row.sums),
            last=head.row.last, word=word.word, room=goes, parameters=self.ports.parameters,
            domain="lanes" if self.ports.gated else "sync",
        )
        m.d.comb += word.take.eq(post.take)
        if self.ports.gated:
            m.d.comb += self.active.eq(post.active)
        given = Cat(*post.activations, post.out_last)
        m.submodules.fifo = ResultFifo(depth, i=given, comes=post.comes, o=results)
        m.submodules.credits = credits = Credits(
            1, depth, take=post.going, sent=results.valid & results.ready, dropped=C(0)
        )
        if config.store_results:
            # A row whose results go to another place waits until the store knows that place:
            # STORE_GAP cycles must lie between two rows that move.
            taken = delayed(m, post.take & head.moves, STORE_GAP - 1, name="taken")
            late = Signal(reset_less=True)
            m.d.sync += late.eq((credits.spare > 0) & ~Cat(taken).any())
            m.d.comb += goes.eq(Mux(head.moves, late, room))
            m.submodules.store = ResultStore(
                config, self.layer, start=self.start, written=post.written,
                word=Cat(post.activations), port=self.ports.store, flows=self.flows,
            )
        else:
            m.d.comb += goes.eq(room)
        m.d.comb += [
            o.valid.eq(i.valid & ~head.requantize),
            o.payload.eq(head.row),
            i.ready.eq(Mux(head.requantize, post.ready, o.ready)),
        ]
        m.d.sync += room.eq(credits.spare > 0)
        with m.If(self.start & self.layer.requantize):
            m.d.sync += self.busy.eq(1)
        with m.Elif(post.written & post.out_last):
            m.d.sync += self.busy.eq(0)
        return m
