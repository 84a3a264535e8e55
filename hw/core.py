"""The convolution core, without memories: the blocks of this folder, wired together."""

from amaranth.hdl import *
from amaranth.lib import stream, wiring

from convolith.hw.array.feeder import Feeder, row_layout
from convolith.hw.array.mesh import MacArray
from convolith.hw.array.pe import pe_latency
from convolith.hw.cells.delay import delayed
from convolith.hw.cells.products import has_cells
from convolith.hw.dataflow.shared.lanes import group_buses, part_of
from convolith.hw.dataflow.shared.patch_rows import PatchRows
from convolith.hw.dataflow.slot import SlotRegister
from convolith.hw.debug.observer import Observer
from convolith.hw.fetch.act_address import ActAddress
from convolith.hw.fetch.padding import padded
from convolith.hw.fetch.pixels import PixelTable, PixelWalker
from convolith.hw.fetch.weight_address import address_weights
from convolith.hw.layouts.rows import tagged, tagged_layout
from convolith.hw.output.addend import Addend
from convolith.hw.output.result_fifo import ResultFifo
from convolith.hw.ports import core_ports
from convolith.hw.requantize.stage import PostStage
from convolith.hw.sequencer.credits import Credits
from convolith.hw.sequencer.layer_port import LayerPort
from convolith.hw.sequencer.loopnest import LOOPS, LoopNest
from convolith.hw.sequencer.rows_in_flight import UnderWay
from convolith.model.dataflow.cycles import (
    MEMORY_LATENCY,
    OPERANDS,
    array_latency,
    drain_levels,
    output_rows,
)
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import memories

__all__ = ["Core"]


class Core(wiring.Component):
    """Runs one layer after the other, each described by a word of run-time registers.

    Cycles: `model.dataflow.cycles`, exactly, from the edge that accepts a layer to the edge that
    transfers its last row of sums, if ``o`` is always ready. Backpressure: tiles wait for room in
    the output FIFO; within a tile nothing stalls. ``i_layer`` is ready again a few cycles after a
    layer's last slot, while its last sums are still on their way out. Reset: forgets the layer and
    all of its results.

    The blocks inside work on each other's signals, without ports between them (see `PE`).

    Parameters
    ----------
    config : ArrayConfig
    observe : bool
        Adds the loop variables as signals, for waveforms; they drive nothing.
    gated : bool
        The lanes have a clock of their own; only with lanes.

    Members
    -------
    i_layer : stream of register_layout(config)
        A transfer starts a layer. Its words must be in the memories.
    o : stream of sums_layout(config)
        Rows of C sums in the order (g, oc_tile, n, ox, oy); ``last`` marks a layer's last row.
    act : ReadPort
        V lanes of ``act_bits``.
    weight : ReadPort
        C x D weights of ``weight_bits``; of ``weight_odd`` likewise, with ``pack_edges``.
    bias : ReadPort
        C numbers of ``acc_bits``, added to a row of sums; only with a bias memory.
    parameters : ReadPort
        L channels' parameters of requantization (`model.quantization.words`),
    results : stream of results_layout(config)
        and L activations at a time, rows in the order of ``o``; only with lanes for them.
    store : WritePort
        Where results are also written, if their layer wants it; only with ``store_results``.
    kept : Signal
        A layer whose sums are kept for the next one has ended; only with a memory for them.
    lanes_active : Signal
        Sums are in the lanes. In cycles without it,
    lanes_clk : Signal
        which is ``clk`` otherwise, may stand still. Both only if ``gated``.
    """

    def __init__(self, config: ArrayConfig, *, observe: bool = False, gated: bool = False):
        self.config = config
        self.observe, self.gated = observe, gated
        super().__init__(core_ports(config, gated=gated))

    def elaborate(self, platform):
        m = Module()
        config = self.config
        in_use = Signal()
        blocks = ["nest", "pixels", "activations", "weights", "sums"]
        blocks += ["results"] if config.post_lanes else []
        m.submodules.port = port = LayerPort(config, self.i_layer, in_use, blocks)
        self.layer, self.starts = port.layer, port.starts
        self.patch_rows = None  # what rows do in layers that share words
        self.room = Signal()
        self.ended_kept: Value = C(0)
        m.submodules.nest = nest = LoopNest(config, self.layer, self.starts["nest"], self.room)
        m.submodules.slot = register = SlotRegister(config, nest)
        self.take, self.slot = nest.take, register.slot
        self.slots_active = register.slot.active
        # Where the array is a cycle shorter, so that its sums come in the same cycle.
        self.early = array_latency(config) - pe_latency(config, platform)
        self.slot = self.slot.shape()(delayed(m, self.slot, self.early, name="early")[-1])
        self.feed_activations(m, platform)
        self.feed_weights(m, platform)
        self.collect_sums(m, platform)
        m.d.comb += in_use.eq(nest.busy | nest.active | self.needed(m, platform))
        if self.observe:
            m.submodules.observer = self.observer = Observer(
                config, self.layer, start=self.starts["nest"],
                active=self.slot.active, first=self.slot.first, weights=self.slot.weights,
                loops=self.slot.wrap,
                pixels=self.walker.wrap, restart=self.walker.restart,
                end=self.o.valid & self.o.ready & self.o.payload.last | self.ended_kept,
                shorter=self.early,
                passes=Cat(self.walker.pass_end, self.walker.group_end),
            )
        return m

    def needed(self, m, platform):
        """Whether slots, or rows of sums, of a layer need its registers when the nest has ended."""
        config = self.config
        if not config.adds and not config.shares_words:
            active = delayed(m, self.slots_active, OPERANDS + self.early, name="active")
            return Cat(active).any()
        m.submodules.under_way = under_way = UnderWay(
            config.rows, output_rows(config), take=self.take, done=self.done
        )
        return under_way.any | self.post.busy if config.post_lanes else under_way.any

    def feed_activations(self, m, platform):
        """Slot -> pixel -> address -> word or padding -> row."""
        config, layer, slot = self.config, self.layer, self.slot
        m.submodules.walker = self.walker = walker = PixelWalker(
            config, layer, load=self.starts["pixels"], advance=slot.walk, restart=slot.restart,
            next_group=slot.next_group, last_sums=slot.last_walk,
            walked=slot.walked if config.pack_edges else None,
        )
        # The pixel comes a cycle after its slot.
        late = slot.shape()(delayed(m, slot, 1, name="slot")[-1])
        m.submodules.table = table = PixelTable(
            config, row=late.row, first_step=late.first_step, pixel=walker.pixel
        )
        m.submodules.act_address = address = ActAddress(
            config, layer, load=self.starts["activations"], wrap=late.wrap, pixel=table.row_pixel,
            next_slot=late.next if config.shares_words else None,
        )
        m.d.comb += [self.act.address.eq(address.address), self.act.en.eq(address.in_bounds)]

        # The bus comes one cycle after the memory's data; the row's pixel has its flags in cycle 2.
        bus = Signal(row_layout(config))
        in_bounds = delayed(m, address.in_bounds, MEMORY_LATENCY - 1, name="in_bounds")[-1]
        pixel = table.row_pixel
        flags = Cat(pixel.valid, pixel.final)
        if config.pack_edges:
            flags = Cat(flags, pixel.odd)
        if config.shares_words:
            flags = Cat(flags, pixel.end_x, pixel.end_y)
        flags = delayed(m, flags, OPERANDS - 4, name="pixel_flags")[-1]
        word = padded(
            m, platform, config, self.act.data, outside=~in_bounds, value=layer.padding_value
        )
        load, more = slot.load, {}
        if config.shares_words:
            load = load | layer.depthwise  # a word in every cycle
            word = self.share_words(m, word, Cat(flags[1], flags[-2:]))
            more = {"shares": layer.depthwise, "buses": group_buses(m, config, layer, bus.word)}
        m.d.sync += bus.eq(Cat(word, flags))
        load = delayed(m, load, OPERANDS - 1, name="load")[-1]
        m.submodules.feeder = self.feeder = Feeder(config, bus, load, **more)

    def share_words(self, m, word, ends):
        """For layers in which all rows take each word: the word, as they need it."""
        config, layer, slot = self.config, self.layer, self.slot
        part = Signal.like(layer.parts)
        with m.If(self.starts["activations"]):
            m.d.sync += part.eq(0)
        with m.Elif(slot.wrap[LOOPS.index("oc")]):
            m.d.sync += part.eq(Mux(part == layer.parts, 0, part + 1))
        word = part_of(m, config, word, delayed(m, part, OPERANDS - 2, name="part")[-1])
        # `last` and the flags of its patch reach row 0 together: behind the bus and its word.
        patch_end = delayed(m, ends, 2, name="patch_end", reset_less=True)[-1]
        self.patch_rows = PatchRows(layer, Cat(patch_end[1:], patch_end[0]))
        return word

    def feed_weights(self, m, platform):
        """Slot -> address -> word, in time for row 0's operands; `first` and `last` come along."""
        config, slot = self.config, self.slot
        flags = Cat(slot.weights, slot.tile_end, slot.oc_end)
        if config.pack_edges:
            flags = Cat(flags, slot.crosses, slot.both)
        slots = delayed(m, flags, OPERANDS, name="weight_slot")
        # To multipliers that are cells, and so have their places, the way from the memory is long.
        way = int(has_cells(platform))
        weights = self.weight.data
        if config.pack_edges:
            weights = Cat(weights, self.weight_odd.data)
        if config.shares_words:  # rows go on multiplying where there is no tap
            weights = Mux(slots[OPERANDS - way][0], weights, 0)
        weights = delayed(m, weights, way, name="weights", reset_less=True)[-1]
        ports = [getattr(self, name) for name in memories(config) if name.startswith("weight")]
        address_weights(m, config, self.layer, ports, start=self.starts["weights"],
                        slot=slots[OPERANDS - MEMORY_LATENCY - way])
        first = delayed(m, slot.first, OPERANDS, name="first", reset_less=True)[-1]
        m.submodules.array = self.array = MacArray(
            config, weights=weights, first=first, last=slots[OPERANDS][1],
            operands=self.feeder.operands, valid=self.feeder.valid, final=self.feeder.final,
            shared=self.patch_rows, next_odd=self.feeder.next_odd,
        )

    def collect_sums(self, m, platform):
        """Drain -> adder -> FIFO -> stream; rows without a pixel end here."""
        config, array, depth = self.config, self.array, output_rows(self.config)
        row, leaves, done = Value.cast(array.o), array.o_valid, array.done
        if config.adds:
            m.submodules.addend = addend = Addend(
                config, self.layer, load=self.starts["sums"], early=array.early,
                sums=Value.cast(array.o.sums),
                ahead=pe_latency(config, platform) + drain_levels(config.rows),
                bias=self.bias if config.bias_words else None,
            )
            row, leaves, done = Cat(addend.o, addend.o_last), addend.o_valid, addend.done
        if config.sum_words:
            m.d.comb += self.kept.eq(addend.kept)
            self.ended_kept = addend.kept
        rows = self.o
        if config.post_lanes:
            row = tagged(config, self.layer, row, addend.o_starts)
            rows = stream.Signature(tagged_layout(config)).create()
            m.submodules.post = self.post = PostStage(
                config, self.layer, load=self.starts["results"],
                i=rows, o=self.o, results=self.results, parameters=self.parameters,
                store=self.store if config.store_results else None,
                lanes="lanes" if self.gated else "sync",
            )
            if self.gated:
                m.domains.lanes = ClockDomain(reset_less=True)
                m.d.comb += ClockSignal("lanes").eq(self.lanes_clk)
                m.d.comb += self.lanes_active.eq(self.post.active)
        late = config.post_lanes > 0  # the lanes take a row
        m.submodules.fifo = ResultFifo(depth, i=row, write=leaves, o=rows, late=late)
        self.done = done
        m.submodules.credits = credits = Credits(
            config.rows, depth, take=self.take,
            sent=rows.valid & rows.ready, dropped=done & ~leaves,
        )
        m.d.comb += self.room.eq(credits.room)
