"""What is added to each row of sums on its way out: the bias, or the sums of other channels."""

from amaranth.hdl import *

from convolith.hw.cells.copies import copies
from convolith.hw.cells.delay import delayed
from convolith.hw.cells.ecp5 import is_ecp5
from convolith.hw.cells.ecp5.carry_chain import add_either
from convolith.hw.cells.word_memory import WordMemory
from convolith.hw.layouts.rows import starts_layout
from convolith.hw.sequencer.countdown import Countdown
from convolith.model.dataflow.cycles import MEMORY_LATENCY
from convolith.model.options.config import ArrayConfig

__all__ = ["Addend"]


class Addend(Elaboratable):
    """Adds a row of C numbers to each row of C sums, and keeps rows of partial sums.

    A layer whose input channels are split runs part after part: all but the last keep their sums in
    a memory of ``sum_words`` rows, all but the first add what is there. Where two rows share an
    output, the second one's sums, which come a cycle later, are added to the first one's, and leave
    for both. Bias words follow each other in the order in which rows leave: per (g, oc_tile) one
    word, or one per lane group of a depthwise layer. Throughput: a row per cycle. Latency: one
    cycle from ``sums`` to ``o``.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
        Stable until the layer's last row is out.
    load : Value
        A layer begins.
    early : Value, 3
        A row completes, it has an output, that is the layer's last: ``ahead`` cycles before its
    sums : Value
        are here.
    ahead : int
        At least MEMORY_LATENCY + 1.
    bias : ReadPort or None

    Members
    -------
    o : Signal
        The row's sums, all included,
    o_valid, o_last : Signal
        if it leaves,
    done : Signal
        or not.
    o_starts : Signal
        What began with the row; only with lanes behind it.
    kept : Signal
        The last row of a layer whose sums are kept.
    """

    def __init__(self, config: ArrayConfig, layer, *, load, early, sums, ahead: int, bias):
        if ahead <= MEMORY_LATENCY:
            raise ValueError(f"ahead must be more than {MEMORY_LATENCY}, not {ahead}")
        self.config, self.layer, self.load = config, layer, load
        self.early, self.sums, self.ahead, self.bias = early, sums, ahead, bias
        self.o = Signal(config.sums_bits, reset_less=True)
        self.o_valid, self.o_last = Signal(), Signal()
        self.o_starts = Signal(starts_layout(config))
        self.done, self.kept = Signal(), Signal()

    def elaborate(self, platform):
        m = Module()
        config, layer = self.config, self.layer
        done, valid, final = self.early
        begins = ends = valid  # one or two rows that share an output
        second = C(0, 0)
        if config.can_pair:
            odd = Signal()  # row of a tile, which has an even number of them
            with m.If(done):
                m.d.sync += odd.eq(~odd)
            second = layer.pairs & odd
            begins, ends = valid & ~second, valid & (odd | ~layer.pairs)
        addend = C(0, config.sums_bits)
        if self.bias is not None:
            address = self.bias_address(m, done, valid)
            m.d.comb += [self.bias.address.eq(address), self.bias.en.eq(done)]
            addend = addend | Mux(layer.add_bias, self.bias.data, 0)
        flags = Cat(done, ends, final, second)
        *_, before, _, later = delayed(m, flags, self.ahead + 1, name="row")
        keeps = C(0)
        if config.sum_words:
            keeps = layer.keep_sums
            addend = addend | Mux(layer.add_sums, self.kept_sums(m, begins, later[1] & keeps), 0)
        # The memories' words come earlier than the sums.
        wait = self.ahead - MEMORY_LATENCY
        addend = delayed(m, addend, wait, name="addend", reset_less=True)[-1]
        self.add(m, platform, addend, before[3:])
        m.d.comb += [
            self.done.eq(later[0]),
            self.o_valid.eq(later[1] & ~keeps),
            self.o_last.eq(later[2]),
            self.kept.eq(later[2] & keeps),
        ]
        return m

    def add(self, m, platform, addend, second):
        """A column at a time; ``second``: of a pair, in the next cycle, if there are any."""
        config = self.config
        if len(second):
            second = copies(m, platform, second, config.cols, name="second")
        for c in range(config.cols):
            part = slice(c * config.acc_bits, (c + 1) * config.acc_bits)
            sums, added = self.sums[part], addend[part]
            if len(second) == 0:
                total = sums + added
            elif is_ecp5(platform):
                total = add_either(m, sums, self.o[part], added, second[c], name=f"total_{c}")
            else:
                total = sums + Mux(second[c], self.o[part], added)
            m.d.sync += self.o[part].eq(total)

    def bias_address(self, m, done, valid):
        """The word of the row that completes."""
        config, layer = self.config, self.layer
        groups = config.lane_groups if config.shares_words else 1
        in_tile = Signal(range(max(2, config.rows)))
        tile_start, tile_end = in_tile == 0, done & (in_tile == config.rows - 1)
        with m.If(done):
            m.d.sync += in_tile.eq(Mux(tile_end, 0, in_tile + 1))
        m.submodules.px = px = Countdown(layer.px_count, self.load, tile_end)
        pass_ends, ends = tile_end, px.last  # of a pass through all pixels, where it may end
        if config.pack_edges:
            in_pass = layer.runs_on & valid
            m.submodules.pixels = pixels = Countdown(layer.pixel_count, self.load, in_pass)
            pass_ends = Mux(layer.runs_on, valid, tile_end)
            ends = Mux(layer.runs_on, pixels.last, px.last)
        first = Signal.like(layer.bias_base)  # of the row
        with m.If(self.load):
            m.d.sync += first.eq(layer.bias_base)
        with m.Elif(pass_ends & ends):
            m.d.sync += first.eq(first + (Mux(layer.depthwise, groups, 1) if groups > 1 else 1))
        if config.post_lanes:
            new_pass = Signal()
            with m.If(self.load | pass_ends):
                m.d.sync += new_pass.eq(self.load | ends)
            in_group = Cat(in_tile == g * config.rows // groups for g in range(1, groups)).any()
            begins = tile_start | layer.runs_on if config.pack_edges else tile_start
            starts = Cat(begins & new_pass, tile_start, in_group & layer.depthwise
                         if groups > 1 else C(0, 1))
            late = delayed(m, starts, self.ahead + 1, name="starts", reset_less=True)[-1]
            if config.can_pair:  # what begins with a pair's first row leaves with its second
                row_before = Signal.like(late, reset_less=True)
                m.d.sync += row_before.eq(late)
                late = Mux(layer.pairs, row_before, late)
            m.d.comb += self.o_starts.eq(late)
        if groups == 1:
            return first
        group = in_tile >= config.rows // groups
        for g in range(2, groups):
            group = Mux(in_tile >= g * config.rows // groups, g, group)
        return first + Mux(layer.depthwise, group, 0)

    def kept_sums(self, m, valid, keep):
        """The memory for partial sums: a row of it for each row that has an output."""
        config = self.config
        rows = range(max(2, config.sum_words))
        wanted, written = Signal(rows), Signal(rows)
        word = Signal(config.sums_bits)
        m.submodules.kept_sums = WordMemory(
            config.sum_words,
            write_enable=keep, write_address=written, write_data=self.o,
            read_enable=valid, read_address=wanted, read_data=word,
        )
        with m.If(self.load):
            m.d.sync += [wanted.eq(0), written.eq(0)]
        with m.Else():
            m.d.sync += [wanted.eq(wanted + valid), written.eq(written + keep)]
        return word
