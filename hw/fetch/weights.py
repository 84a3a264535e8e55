"""From slots to weights at the array's first row."""

from amaranth.hdl import *

from convolith.hw.cells.delay import bundle, delayed
from convolith.hw.cells.products import has_cells
from convolith.hw.fetch.weight_address import WeightReader
from convolith.model.dataflow.cycles import MEMORY_LATENCY, OPERANDS

__all__ = ["WeightFetch"]


class WeightFetch(Elaboratable):
    """Reads a weight word for each slot that consumes one. It comes with row 0's operands.

    Latency: OPERANDS cycles from ``slot`` to the members. Throughput: a word per cycle.

    Parameters
    ----------
    layer : register_layout(config)
    start : Value
        A layer begins.
    slot : View of slot_layout(config)
    ports : list of ReadPort
        One port for each bank.
    flows : list of DenseDataflow

    Members
    -------
    weights : Signal
        C x D weights of each bank, the first bank's lowest.
    first, last : Signal
        The products of these weights begin a sum; they complete a sum.
    """

    def __init__(self, layer, *, start: Value, slot, ports: list, flows=()):
        self.layer, self.start, self.slot = layer, start, slot
        self.ports, self.flows = ports, flows
        self.weights = Signal(sum(len(port.data) for port in ports))
        self.first, self.last = Signal(), Signal()

    def elaborate(self, platform):
        m = Module()
        slot = self.slot
        names = ("weights", "tile_end", "oc_end")
        names += tuple(name for flow in self.flows for name in flow.weight_fields)
        consumed = bundle(**{name: slot[name] for name in names})
        slots = delayed(m, consumed, OPERANDS, name="weight_slot")
        # Multiplier cells have fixed places, and the way to them from the memory can be long: the
        # word is read a cycle early and takes a register more.
        way = int(has_cells(platform))
        m.submodules.reader = WeightReader(
            self.layer, start=self.start, slot=slots[OPERANDS - MEMORY_LATENCY - way],
            ports=self.ports, flows=self.flows,
        )
        word: Value = Cat(port.data for port in self.ports)
        for flow in self.flows:
            word = flow.weight_word(m, platform, word, slots[OPERANDS - way - 1].weights)
        m.d.comb += [
            self.weights.eq(delayed(m, word, way, name="weights", reset_less=True)[-1]),
            self.first.eq(delayed(m, slot.first, OPERANDS, name="first", reset_less=True)[-1]),
            self.last.eq(slots[OPERANDS].tile_end),
        ]
        return m
