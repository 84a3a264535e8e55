"""The convolution core, without memories: the blocks of this folder, wired together."""

from amaranth.hdl import *
from amaranth.lib import data, fifo, stream, wiring
from amaranth.lib.wiring import In, Out

from convolith.hw.address import ActAddress, WeightAddress
from convolith.hw.array import MacArray, sums_layout
from convolith.hw.credits import Credits
from convolith.hw.delay import delayed
from convolith.hw.feeder import Feeder
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

    Cycles: `model.cycles`, exactly, from the edge that accepts a layer to the edge that transfers its
    last row of sums, if ``o`` is always ready. Backpressure: tiles wait for room in the output FIFO;
    within a tile nothing stalls. ``i_layer`` is ready again a few cycles after a layer's last slot,
    while its last sums are still on their way out. Reset: forgets the layer and all of its results.

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
        m.submodules.nest = self.nest = nest = LoopNest(config)
        m.submodules.array = self.array = MacArray(config)
        layer, start = Signal(register_layout(config)), Signal()

        # A layer is accepted when no slot of the one before needs its registers any more.
        in_use = delayed(m, nest.active, OPERANDS, name="active")
        m.d.comb += self.i_layer.ready.eq(~(start | nest.busy | Cat(in_use).any()))
        accepted = self.i_layer.valid & self.i_layer.ready
        m.d.sync += start.eq(accepted)
        with m.If(accepted):
            m.d.sync += layer.eq(self.i_layer.payload)
        m.d.comb += [nest.layer.eq(layer), nest.start.eq(start)]

        self.feed_activations(m, layer, start)
        self.feed_weights(m, layer, start)
        self.collect_sums(m)
        if self.observe:
            m.submodules.observer = observer = Observer(config)
            m.d.comb += [
                observer.layer.eq(layer),
                observer.start.eq(start),
                observer.active.eq(nest.active),
                observer.first.eq(nest.active & nest.first_step & (nest.slot == 0)),
                observer.loops.eq(nest.wrap),
                observer.pixels.eq(self.walker.wrap),
                observer.restart.eq(self.walker.advance & self.walker.restart),
            ]
        return m

    def feed_activations(self, m, layer, start):
        """Slot -> pixel -> address -> word or padding -> row."""
        config, nest = self.config, self.nest
        m.submodules.walker = self.walker = walker = PixelWalker(config)
        m.submodules.table = table = PixelTable(config)
        m.submodules.act_address = address = ActAddress(config)
        m.submodules.feeder = feeder = Feeder(config)
        m.d.comb += [
            walker.layer.eq(layer),
            walker.load.eq(start),
            walker.advance.eq(nest.active & nest.first_step & (nest.slot < config.rows)),
            walker.restart.eq((nest.slot == config.rows - 1) & nest.last_px),
            walker.next_group.eq(nest.last_oc),
            walker.last_sums.eq(nest.last_oc & nest.last_g),
            table.row.eq(nest.slot),
            table.first_step.eq(nest.first_step),
            table.i.eq(walker.pixel),
            address.layer.eq(layer),
            address.load.eq(start),
            address.wrap.eq(nest.wrap),
            address.pixel.eq(table.o),
            self.act.address.eq(address.address),
            self.act.en.eq(address.in_bounds),
        ]
        loads = nest.active & (nest.slot == 0)
        loads = delayed(m, loads, OPERANDS - 1, name="load")
        flags = Cat(table.o.valid, table.o.final)  # one cycle after their slot
        flags = delayed(m, flags, OPERANDS - 2, name="pixel_flags")[-1]
        in_bounds = delayed(m, address.in_bounds, MEMORY_LATENCY, name="in_bounds")[-1]
        padding = Cat([layer.padding_value] * config.lanes)
        m.d.sync += feeder.bus.word.eq(Mux(in_bounds, self.act.data, padding))
        m.d.comb += [
            Cat(feeder.bus.valid, feeder.bus.final).eq(flags),
            feeder.load.eq(loads[-1]),
            self.array.operands.eq(feeder.operands),
            self.array.valid.eq(feeder.valid),
            self.array.final.eq(feeder.final),
        ]

    def feed_weights(self, m, layer, start):
        """Slot -> address -> word, in time for row 0's operands; `first` and `last` come along."""
        config, nest = self.config, self.nest
        m.submodules.weight_address = address = WeightAddress(config)
        slot_layout = data.StructLayout(
            {"active": 1, "first": 1, "last": 1, "last_px": 1}
        )
        slot = Signal(slot_layout)
        m.d.comb += [
            slot.active.eq(nest.active & (nest.slot < config.beats)),
            slot.first.eq(nest.active & nest.first_step & (nest.slot == 0)),
            slot.last.eq(nest.active & nest.last_step & (nest.slot == config.beats - 1)),
            slot.last_px.eq(nest.last_px),
        ]
        slots = delayed(m, slot, OPERANDS, name="weight_slot")
        at_address, at_array = slots[OPERANDS - MEMORY_LATENCY], slots[OPERANDS]
        m.d.comb += [
            address.base.eq(layer.weight_base),
            address.load.eq(start),
            address.active.eq(at_address.active),
            address.tile_end.eq(at_address.last),
            address.last_px.eq(at_address.last_px),
            self.weight.address.eq(address.address),
            self.weight.en.eq(at_address.active),
            self.array.weights.eq(self.weight.data),
            self.array.first.eq(at_array.first),
            self.array.last.eq(at_array.last),
        ]

    def collect_sums(self, m):
        """Drain -> FIFO -> stream; rows without a pixel end here."""
        config, array = self.config, self.array
        depth = output_rows(config)
        m.submodules.credits = credits = Credits(config.rows, depth)
        m.submodules.fifo = output = fifo.SyncFIFOBuffered(
            width=len(self.o.payload.as_value()), depth=depth
        )
        m.d.comb += [
            output.w_data.eq(array.o),
            output.w_en.eq(array.done & array.o_valid),
            self.o.payload.eq(output.r_data),
            self.o.valid.eq(output.r_rdy),
            output.r_en.eq(self.o.ready),
            credits.take.eq(self.nest.take),
            credits.sent.eq(self.o.valid & self.o.ready),
            credits.dropped.eq(array.done & ~array.o_valid),
            self.nest.room.eq(credits.room),
        ]
