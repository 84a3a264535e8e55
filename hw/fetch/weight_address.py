"""The addresses of the weight words that slots consume, in one memory or in two banks."""

from amaranth.hdl import *

from convolith.hw.fetch.weight_slot import WeightSlot

__all__ = ["WeightAddress", "WeightReader"]


class WeightAddress(Elaboratable):
    """Counts through the weight words of an oc_tile, once for each of its pixel tiles.

    Latency: none. While ``active``, ``address`` is that of the word consumed in this cycle.
    Throughput: a word per cycle.

    Parameters
    ----------
    base : Value
        The layer's first word.
    start : Value
        A layer begins: ``base`` is taken over.
    active : Value
        A word is consumed.
    tile_end : Value
        The word is its tile's last.
    last_px : Value
        The tile is its oc_tile's last: the next tile takes the words that follow. Without it, the
        next tile takes the same words again.

    Members
    -------
    address : Signal
    """

    def __init__(self, base: Value, *, start, active, tile_end, last_px):
        self.base, self.start, self.active = base, start, active
        self.tile_end, self.last_px = tile_end, last_px
        self.address = Signal(len(base), reset_less=True)

    def elaborate(self, platform):
        m = Module()
        first = Signal.like(self.address)
        following = Signal.like(self.address)
        m.d.comb += following.eq(self.address + 1)
        with m.If(self.start):
            m.d.sync += [self.address.eq(self.base), first.eq(self.base)]
        with m.Elif(self.active):
            with m.If(self.tile_end & ~self.last_px):
                m.d.sync += self.address.eq(first)
            with m.Else():
                m.d.sync += self.address.eq(following)
            with m.If(self.tile_end & self.last_px):
                m.d.sync += first.eq(following)
        return m


class WeightReader(Elaboratable):
    """Reads a word in every slot that consumes one.

    The weight memory has one bank, or two if a dataflow needs them. Each bank has its own address.
    Latency: none from ``slot`` to the ports.

    Parameters
    ----------
    layer : register_layout(config)
    start : Value
        A layer begins.
    slot : View
        As in `WeightSlot`.
    ports : list of ReadPort
        One port for each bank.
    flows : list of DenseDataflow
    """

    def __init__(self, layer, *, start: Value, slot, ports: list, flows=()):
        self.layer, self.start, self.slot = layer, start, slot
        self.ports, self.flows = ports, flows

    def elaborate(self, platform):
        m = Module()
        slot = self.slot
        consumed = WeightSlot(
            slot=slot, together=C(0), switches=slot.weights & slot.tile_end & slot.oc_end
        )
        for flow in self.flows:
            consumed = flow.weight_slot(consumed)
        reads = [(slot.weights, slot.oc_end)]  # for each bank: it is read; its oc_tile ends
        for flow in self.flows:
            reads = flow.weight_reads(m, self.start, consumed, reads)
        for bank, (port, (enable, last_px)) in enumerate(zip(self.ports, reads, strict=True)):
            m.submodules[f"address_{bank}"] = address = WeightAddress(
                self.layer.weight_base, start=self.start, active=slot.weights,
                tile_end=slot.tile_end, last_px=last_px,
            )
            m.d.comb += [port.address.eq(address.address), port.en.eq(enable)]
        return m
