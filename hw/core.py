"""The convolution core, without memories: the blocks of this folder, wired together."""

from amaranth.hdl import *
from amaranth.lib import wiring

from convolith.hw.array.feeder import Feeder
from convolith.hw.array.mesh import MacArray
from convolith.hw.array.pe import pe_latency
from convolith.hw.cells.delay import delayed
from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.dataflow.slot import SlotRegister
from convolith.hw.debug.observer import Observer
from convolith.hw.fetch.activations import ActivationFetch
from convolith.hw.fetch.weights import WeightFetch
from convolith.hw.ports import core_ports
from convolith.hw.result_path import ResultPath
from convolith.hw.sequencer.layer_port import LayerPort
from convolith.hw.sequencer.loopnest import LoopNest
from convolith.model.dataflow.cycles import array_latency
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
        in_use, room = Signal(), Signal()
        blocks = ["nest", "pixels", "activations", "weights", "sums", *ResultPath.started(config)]
        m.submodules.port = port = LayerPort(config, self.i_layer, in_use, blocks)
        layer, starts = port.layer, port.starts
        flows = dataflows(config, layer)
        m.submodules.nest = nest = LoopNest(config, layer, starts["nest"], room, flows)
        m.submodules.slot = register = SlotRegister(config, nest, flows)
        # Where the array is a cycle shorter, slots wait, so that sums come in the same cycle.
        slot_delay = array_latency(config) - pe_latency(config, platform)
        slot = delayed(m, register.slot, slot_delay, name="slot_delay")[-1]
        m.submodules.activations = activations = ActivationFetch(
            config, layer, starts=starts, slot=slot, port=self.act, flows=flows
        )
        weight_ports = [
            getattr(self, name) for name in memories(config) if name.startswith("weight")
        ]
        m.submodules.weights = weights = WeightFetch(
            layer, start=starts["weights"], slot=slot, ports=weight_ports, flows=flows
        )
        m.submodules.feeder = feeder = Feeder(config, activations.bus, activations.capture, flows)
        m.submodules.array = self.array = MacArray(
            config, weights=weights.weights, first=weights.first, last=weights.last,
            operands=feeder.operands, valid=feeder.valid, final=feeder.final,
            tags=Cat(flow.tags(m, activations.flags) for flow in flows), flows=flows,
        )
        m.submodules.results = results = ResultPath(
            config, layer, starts=starts, take=nest.take, active=register.slot.active,
            array=self.array, ports=self, flows=flows,
        )
        m.d.comb += [
            room.eq(results.room), in_use.eq(nest.busy | nest.active | results.in_use)
        ]
        if self.observe:
            m.submodules.observer = self.observer = Observer(
                config, layer, start=starts["nest"], slot=slot, walker=activations.walker,
                end=self.o.valid & self.o.ready & self.o.payload.last | results.kept,
                slot_delay=slot_delay, flows=flows,
            )
        return m
