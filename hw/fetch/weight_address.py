"""The addresses of the weight words that are consumed: of one memory, or of its two banks."""

from amaranth.hdl import *

from convolith.model.options.config import ArrayConfig

__all__ = ["WeightAddress", "address_weights"]


class WeightAddress(Elaboratable):
    """Counts through the weights of an oc_tile, once for each of its pixel tiles.

    ``address`` is that of the word consumed in this cycle, while ``active``; the next one is there
    in the next cycle.

    Parameters
    ----------
    base : Value
        The layer's first word,
    load : Value
        taken over when a layer begins.
    active : Value
        A word is consumed.
    tile_end : Value
        It is its tile's last word: start over,
    last_px : Value
        or, in an oc_tile's last pixel tile, go on.

    Members
    -------
    address : Signal
    """

    def __init__(self, base: Value, *, load, active, tile_end, last_px):
        self.base, self.load, self.active = base, load, active
        self.tile_end, self.last_px = tile_end, last_px
        self.address = Signal(len(base))

    def elaborate(self, platform):
        m = Module()
        first = Signal.like(self.address)
        following = Signal.like(self.address)
        m.d.comb += following.eq(self.address + 1)
        with m.If(self.load):
            m.d.sync += [self.address.eq(self.base), first.eq(self.base)]
        with m.Elif(self.active):
            with m.If(self.tile_end & ~self.last_px):
                m.d.sync += self.address.eq(first)
            with m.Else():
                m.d.sync += self.address.eq(following)
            with m.If(self.tile_end & self.last_px):
                m.d.sync += first.eq(following)
        return m


def address_weights(m: Module, config: ArrayConfig, layer, ports, *, start, slot) -> None:
    """Drives the read ports of the weight memory, or of a bank each for even and odd oc_tiles.

    Rows that run on take words of the next oc_tile, which is in the other bank than the first
    row's. Both are as far in their oc_tiles, and only those of an oc_tile that ends go on. Lane
    groups with weights in the second bank take its words together with the first one's, and so do
    the second rows of pairs.

    Parameters
    ----------
    m : Module
        The core's.
    layer : register_layout(config)
    ports : list of ReadPort
    start : Value
        A layer begins.
    slot : Value
        A word is consumed, its tile's last, its oc_tile's; and with two banks: the tile has rows of
        two oc_tiles, both of them end.
    """
    consumes, tile_end, oc_end = slot[:3]
    if len(ports) == 1:
        ends, wanted = [oc_end], [consumes]
    else:
        crosses, both = slot[3:]
        odd = Signal(name="odd")  # the first row's bank
        changes = consumes & tile_end & oc_end & ~both
        if config.shares_words:
            changes &= ~layer.depthwise
        with m.If(start | changes):
            m.d.sync += odd.eq(~start & ~odd)
        if config.can_pair:
            crosses, both = crosses | layer.pairs, both | layer.pairs
        if config.shares_words and config.odd_groups:
            crosses, both = crosses | layer.depthwise, both | layer.depthwise
        ends = [oc_end & (own | both) for own in (~odd, odd)]
        wanted = [consumes & (own | crosses) for own in (~odd, odd)]
    names = ("weight_address", "weight_odd_address")
    for name, port, last, en in zip(names, ports, ends, wanted, strict=False):
        m.submodules[name] = address = WeightAddress(
            layer.weight_base, load=start, active=consumes, tile_end=tile_end, last_px=last
        )
        m.d.comb += [port.address.eq(address.address), port.en.eq(en)]
