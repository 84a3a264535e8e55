"""Which output pixel each row works on, and where its window begins in the input."""

from amaranth.hdl import *

from convolith.hw.fetch.pixel import pixel_layout
from convolith.hw.fetch.pixel_address import PixelAddress
from convolith.hw.fetch.pixel_counter import PixelCounter
from convolith.model.options.config import ArrayConfig

__all__ = ["PixelWalker"]


class PixelWalker(Elaboratable):
    """Walks over the output pixels (n, ox, oy): a counter, and an address that follows it.

    Throughput: a pixel per cycle. Latency: the pixel that a slot's ``walk`` leaves is in ``pixel``
    in the next cycle. So it is the flags' registers, which are a cycle late, and the address
    before the counter's step has reached it.
    Reset: none needed, a layer starts it.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    start : Value
        A layer begins.
    slot : View of slot_layout(config)
        As in `PixelCounter`.
    flows : list of DenseDataflow

    Members
    -------
    pixel : View of pixel_layout(config, flows)
        Of an invalid one, only ``valid`` and ``final`` mean something: both are 0.
    wrap, restarts : Signal
        As in `PixelCounter`.
    """

    def __init__(self, config: ArrayConfig, layer, *, start: Value, slot, flows=()):
        self.counter = PixelCounter(config, layer, start=start, slot=slot, flows=flows)
        self.address = PixelAddress(config, layer, self.counter.step)
        self.wrap, self.restarts = self.counter.wrap, self.counter.restarts
        self.pixel = pixel_layout(config, flows)(Cat(
            self.address.x, self.address.y, self.address.base,
            self.counter.valid, self.counter.final, *self.counter.fields.values(),
        ))

    def elaborate(self, platform):
        m = Module()
        m.submodules.counter = self.counter
        m.submodules.address = self.address
        return m
