"""The convolution core, without memories: wires the blocks of `hw` together."""

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
from convolith.model.dataflow.dataflow import WEIGHT_BANKS
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import memories

__all__ = ["Core"]


class Core(wiring.Component):
    """Runs one layer after the other, each described by a word of run-time registers.

    Latency: `model.dataflow.cycles` gives the exact number of cycles from the edge that accepts a
    layer to the edge that transfers its last row of sums, if ``o`` is always ready. Backpressure:
    tiles wait for room in the output FIFO; within a tile nothing stalls. ``i_layer`` is ready again
    a few cycles after a layer's last slot, while its last sums are still on their way out. Reset:
    drops the layer and all of its results.

    The blocks inside work on each other's signals, without ports between them (see `PE`).

    Parameters
    ----------
    config : ArrayConfig
    observe : bool
        Adds the loop variables as signals, for waveforms; they drive nothing.
    gated : bool
        The requantization lanes have a clock of their own. Only with lanes.

    Members
    -------
    i_layer : stream of register_layout(config)
        A transfer starts a layer. Its words must be in the memories.
    o : stream of sums_layout(config)
        Rows of C sums in the order (g, oc_tile, n, ox, oy); ``last`` marks a layer's last row.
    act : ReadPort
        A word has V lanes of ``act_bits``.
    weight : ReadPort
        A word has C x D weights of ``weight_bits``. With ``pack_edges`` there is a second bank, and
        ``weight_odd`` is its port.
    bias : ReadPort
        A word has C numbers of ``acc_bits``, which are added to a row of sums. Only with a bias
        memory.
    parameters : ReadPort
        A word has the requantization parameters of L channels (`model.quantization.words`). Only
        with lanes.
    results : stream of results_layout(config)
        L activations per transfer; rows come in the order of ``o``. Only with lanes.
    store : WritePort
        Writes results into the activation memory, in layers that ask for it. Only with
        ``store_results``.
    kept : Signal
        A layer has ended whose sums are kept for the next one. Only with a memory for partial sums.
    lanes_active : Signal
        Sums are in the lanes. Only if ``gated``.
    lanes_clk : Signal
        The lanes' clock: ``clk``, which may stand still in cycles without ``lanes_active``. Only if
        ``gated``.
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
        m.submodules.slot_register = register = SlotRegister(config, nest, flows)
        # The array is a cycle shorter where the platform has no multiplier cells. Slots are delayed
        # by that cycle, so that sums come in the same cycle on every platform.
        slot_delay = array_latency(config) - pe_latency(config, platform)
        slot = delayed(m, register.slot, slot_delay, name="slot_delay")[-1]
        m.submodules.activations = activations = ActivationFetch(
            config, layer, starts=starts, slot=slot, port=self.act, flows=flows
        )
        weight_ports = [getattr(self, name) for name in WEIGHT_BANKS if name in memories(config)]
        m.submodules.weights = weights = WeightFetch(
            layer, start=starts["weights"], slot=slot, ports=weight_ports, flows=flows
        )
        m.submodules.feeder = feeder = Feeder(config, activations.bus, activations.capture, flows)
        m.submodules.array = self.array = MacArray(
            config, rows=feeder, weights=weights,
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
