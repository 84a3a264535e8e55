"""The convolution core, without memories: the blocks of this folder, wired together."""

from amaranth.hdl import *
from amaranth.lib import fifo, stream, wiring
from amaranth.lib.wiring import In, Out

from convolith.hw.address import ActAddress, WeightAddress
from convolith.hw.array import MacArray, sums_layout
from convolith.hw.credits import Credits
from convolith.hw.delay import delayed
from convolith.hw.feeder import Feeder, row_layout
from convolith.hw.loopnest import LoopNest
from convolith.hw.observer import Observer
from convolith.hw.pixels import PixelTable, PixelWalker
from convolith.hw.registers import register_layout
from convolith.model.config import ArrayConfig
from convolith.model.cycles import MEMORY_LATENCY, OPERANDS, output_rows

__all__ = ["Core", "ReadPort"]


class ReadPort(wiring.Signature):
    """A synchronous memory's read port, as the core sees it: a word per cycle.

    ``data`` is the word at ``address`` MEMORY_LATENCY (2) cycles later: a block RAM with a register
    at its output. Without ``en``, ``data`` does not matter, but must not be undefined.
    """

    def __init__(self, addr_bits: int, width: int):
        super().__init__({"address": Out(addr_bits), "en": Out(1), "data": In(width)})


class Core(wiring.Component):
    """Runs one layer after the other, each described by a word of run-time registers.

    Cycles: `model.cycles`, exactly, from the edge that accepts a layer to the edge that transfers
    its last row of sums, if ``o`` is always ready. Backpressure: tiles wait for room in the output
    FIFO; within a tile nothing stalls. ``i_layer`` is ready again a few cycles after a layer's last
    slot, while its last sums are still on their way out. Reset: forgets the layer and all of its
    results.

    The blocks inside work on each other's signals, without ports between them (see `PE`).

    Parameters
    ----------
    config : ArrayConfig
    observe : bool
        Adds the loop variables as signals, for waveforms; they drive nothing.

    Members
    -------
    i_layer : stream of register_layout(config)
        A transfer starts a layer. Its words must be in the memories.
    o : stream of sums_layout(config)
        Rows of C sums in the order (g, oc_tile, n, ox, oy); ``last`` marks a layer's last row.
    act : ReadPort
        V lanes of ``act_bits``.
    weight : ReadPort
        C x D weights of ``weight_bits``.
    """

    def __init__(self, config: ArrayConfig, *, observe: bool = False):
        self.config = config
        self.observe = observe
        super().__init__({
            "i_layer": In(stream.Signature(register_layout(config))),
            "o": Out(stream.Signature(sums_layout(config))),
            "act": Out(ReadPort(config.addr_bits, config.act_word_bits)),
            "weight": Out(ReadPort(config.addr_bits, config.weight_word_bits)),
        })  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        config = self.config
        self.layer = Signal(register_layout(config))
        self.start = Signal()
        self.room = Signal()
        m.submodules.nest = self.nest = LoopNest(config, self.layer, self.start, self.room)
        self.first_slot = Signal()  # of a tile
        m.d.comb += self.first_slot.eq(
            self.nest.active & self.nest.first_step & (self.nest.slot == 0)
        )
        self.accept_layers(m)
        self.feed_activations(m)
        self.feed_weights(m)
        self.collect_sums(m)
        if self.observe:
            m.submodules.observer = self.observer = Observer(
                config, self.layer, start=self.start,
                active=self.nest.active, first=self.first_slot, loops=self.nest.wrap,
                pixels=self.walker.wrap, restart=self.walker.restart,
            )  # fmt: skip
        return m

    def accept_layers(self, m):
        """The next layer comes when no slot of the one before needs its registers any more."""
        in_use = delayed(m, self.nest.active, OPERANDS, name="active")
        m.d.comb += self.i_layer.ready.eq(~(self.start | self.nest.busy | Cat(in_use).any()))
        accepted = self.i_layer.valid & self.i_layer.ready
        m.d.sync += self.start.eq(accepted)
        with m.If(accepted):
            m.d.sync += self.layer.eq(self.i_layer.payload)

    def feed_activations(self, m):
        """Slot -> pixel -> address -> word or padding -> row."""
        config, layer, nest = self.config, self.layer, self.nest
        advance = Signal()
        restart = Signal()
        m.d.comb += [
            advance.eq(nest.active & nest.first_step & (nest.slot < config.rows)),
            restart.eq(advance & (nest.slot == config.rows - 1) & nest.last_px),
        ]
        m.submodules.walker = self.walker = walker = PixelWalker(
            config, layer, load=self.start, advance=advance, restart=restart,
            next_group=nest.last_oc, last_sums=nest.last_oc & nest.last_g,
        )  # fmt: skip
        m.submodules.table = table = PixelTable(
            config, row=nest.slot, first_step=nest.first_step, pixel=walker.pixel
        )
        m.submodules.act_address = address = ActAddress(
            config, layer, load=self.start, wrap=nest.wrap, pixel=table.row_pixel
        )
        m.d.comb += [self.act.address.eq(address.address), self.act.en.eq(address.in_bounds)]

        # The bus comes one cycle after the memory's data; the row's pixel has its flags in cycle 1.
        bus = Signal(row_layout(config))
        in_bounds = delayed(m, address.in_bounds, MEMORY_LATENCY, name="in_bounds")[-1]
        flags = Cat(table.row_pixel.valid, table.row_pixel.final)
        flags = delayed(m, flags, OPERANDS - 3, name="pixel_flags")[-1]
        padding = Cat([layer.padding_value] * config.lanes)
        m.d.sync += bus.eq(Cat(Mux(in_bounds, self.act.data, padding), flags))
        load = delayed(m, nest.active & (nest.slot == 0), OPERANDS - 1, name="load")[-1]
        m.submodules.feeder = self.feeder = Feeder(config, bus, load)

    def feed_weights(self, m):
        """Slot -> address -> word, in time for row 0's operands; `first` and `last` come along."""
        config, nest = self.config, self.nest
        consumes = nest.active & (nest.slot < config.beats)
        last = nest.active & nest.last_step & (nest.slot == config.beats - 1)
        slots = delayed(m, Cat(consumes, last, nest.last_px), OPERANDS, name="weight_slot")
        consumes, tile_end, last_px = slots[OPERANDS - MEMORY_LATENCY]
        m.submodules.weight_address = address = WeightAddress(
            self.layer.weight_base, load=self.start,
            active=consumes, tile_end=tile_end, last_px=last_px,
        )  # fmt: skip
        m.d.comb += [self.weight.address.eq(address.address), self.weight.en.eq(consumes)]
        first = delayed(m, self.first_slot, OPERANDS, name="first", reset_less=True)[-1]
        m.submodules.array = self.array = MacArray(
            config, weights=self.weight.data, first=first, last=slots[OPERANDS][1],
            operands=self.feeder.operands, valid=self.feeder.valid, final=self.feeder.final,
        )  # fmt: skip

    def collect_sums(self, m):
        """Drain -> FIFO -> stream; rows without a pixel end here."""
        array, depth = self.array, output_rows(self.config)
        m.submodules.fifo = output = fifo.SyncFIFOBuffered(
            width=len(self.o.payload.as_value()), depth=depth
        )
        m.d.comb += [
            output.w_data.eq(array.o),
            output.w_en.eq(array.done & array.o_valid),
            self.o.payload.eq(output.r_data),
            self.o.valid.eq(output.r_rdy),
            output.r_en.eq(self.o.ready),
        ]
        m.submodules.credits = credits = Credits(
            self.config.rows, depth, take=self.nest.take,
            sent=self.o.valid & self.o.ready, dropped=array.done & ~array.o_valid,
        )  # fmt: skip
        m.d.comb += self.room.eq(credits.room)
