"""The convolution core, without memories: the blocks of this folder, wired together."""

from amaranth.hdl import *
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from convolith.hw.address import ActAddress, WeightAddress
from convolith.hw.array import MacArray, sums_layout
from convolith.hw.credits import Credits
from convolith.hw.delay import delayed
from convolith.hw.feeder import Feeder, row_layout
from convolith.hw.layer_port import LayerPort
from convolith.hw.loopnest import LoopNest
from convolith.hw.observer import Observer
from convolith.hw.padding import padded
from convolith.hw.pe import pe_latency
from convolith.hw.pixels import PixelTable, PixelWalker
from convolith.hw.products import has_cells
from convolith.hw.registers import register_layout
from convolith.hw.result_fifo import ResultFifo
from convolith.hw.slot import SlotRegister
from convolith.model.config import ArrayConfig
from convolith.model.cycles import MEMORY_LATENCY, OPERANDS, array_latency, output_rows

__all__ = ["Core", "ReadPort"]


class ReadPort(wiring.Signature):
    """A synchronous memory's read port, as the core sees it: a word per cycle.

    ``data`` is the word at ``address`` MEMORY_LATENCY (3) cycles later: a block RAM with registers
    at its input and at its output. Without ``en``, ``data`` does not matter, but must not be
    undefined.
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
        in_use = Signal()
        m.submodules.port = port = LayerPort(
            config, self.i_layer, in_use, ["nest", "pixels", "activations", "weights"]
        )
        self.layer, self.starts = port.layer, port.starts
        self.room = Signal()
        m.submodules.nest = nest = LoopNest(config, self.layer, self.starts["nest"], self.room)
        m.submodules.slot = register = SlotRegister(config, nest)
        self.take, self.slot = nest.take, register.slot
        # Where the array is a cycle shorter, so that its sums come in the same cycle.
        self.early = array_latency(config) - pe_latency(config, platform)
        self.slot = self.slot.shape()(delayed(m, self.slot, self.early, name="early")[-1])
        # The next layer comes when no slot of the one before needs its registers any more.
        slots = delayed(m, register.slot.active, OPERANDS + self.early, name="active")
        m.d.comb += in_use.eq(nest.busy | nest.active | Cat(slots).any())
        self.feed_activations(m, platform)
        self.feed_weights(m, platform)
        self.collect_sums(m)
        if self.observe:
            m.submodules.observer = self.observer = Observer(
                config, self.layer, start=self.starts["nest"],
                active=self.slot.active, first=self.slot.first, loops=self.slot.wrap,
                pixels=self.walker.wrap, restart=self.walker.restart, shorter=self.early,
            )  # fmt: skip
        return m

    def feed_activations(self, m, platform):
        """Slot -> pixel -> address -> word or padding -> row."""
        config, layer, slot = self.config, self.layer, self.slot
        m.submodules.walker = self.walker = walker = PixelWalker(
            config, layer, load=self.starts["pixels"], advance=slot.walk, restart=slot.restart,
            next_group=slot.next_group, last_sums=slot.last_walk,
        )  # fmt: skip
        # The pixel comes a cycle after its slot.
        late = slot.shape()(delayed(m, slot, 1, name="slot")[-1])
        m.submodules.table = table = PixelTable(
            config, row=late.row, first_step=late.first_step, pixel=walker.pixel
        )
        m.submodules.act_address = address = ActAddress(
            config, layer, load=self.starts["activations"], wrap=late.wrap, pixel=table.row_pixel
        )
        m.d.comb += [self.act.address.eq(address.address), self.act.en.eq(address.in_bounds)]

        # The bus comes one cycle after the memory's data; the row's pixel has its flags in cycle 2.
        bus = Signal(row_layout(config))
        in_bounds = delayed(m, address.in_bounds, MEMORY_LATENCY - 1, name="in_bounds")[-1]
        flags = Cat(table.row_pixel.valid, table.row_pixel.final)
        flags = delayed(m, flags, OPERANDS - 4, name="pixel_flags")[-1]
        word = padded(
            m, platform, config, self.act.data, outside=~in_bounds, value=layer.padding_value
        )
        m.d.sync += bus.eq(Cat(word, flags))
        load = delayed(m, slot.load, OPERANDS - 1, name="load")[-1]
        m.submodules.feeder = self.feeder = Feeder(config, bus, load)

    def feed_weights(self, m, platform):
        """Slot -> address -> word, in time for row 0's operands; `first` and `last` come along."""
        config, slot = self.config, self.slot
        slots = delayed(
            m, Cat(slot.weights, slot.tile_end, slot.oc_end), OPERANDS, name="weight_slot"
        )
        # To multipliers that are cells, and so have their places, the way from the memory is long.
        way = int(has_cells(platform))
        weights = delayed(m, self.weight.data, way, name="weights", reset_less=True)[-1]
        consumes, tile_end, oc_end = slots[OPERANDS - MEMORY_LATENCY - way]
        m.submodules.weight_address = address = WeightAddress(
            self.layer.weight_base, load=self.starts["weights"],
            active=consumes, tile_end=tile_end, last_px=oc_end,
        )  # fmt: skip
        m.d.comb += [self.weight.address.eq(address.address), self.weight.en.eq(consumes)]
        first = delayed(m, slot.first, OPERANDS, name="first", reset_less=True)[-1]
        m.submodules.array = self.array = MacArray(
            config, weights=weights, first=first, last=slots[OPERANDS][1],
            operands=self.feeder.operands, valid=self.feeder.valid, final=self.feeder.final,
        )  # fmt: skip

    def collect_sums(self, m):
        """Drain -> FIFO -> stream; rows without a pixel end here."""
        array, depth = self.array, output_rows(self.config)
        m.submodules.fifo = ResultFifo(
            depth, i=Value.cast(array.o), write=array.o_valid, o=self.o
        )
        m.submodules.credits = credits = Credits(
            self.config.rows, depth, take=self.take,
            sent=self.o.valid & self.o.ready, dropped=array.done & ~array.o_valid,
        )  # fmt: skip
        m.d.comb += self.room.eq(credits.room)
