"""The output pixel of each row, and where its window begins in the input."""

from amaranth.hdl import *

from convolith.hw.fetch.pixel import pixel_layout
from convolith.hw.fetch.pixel_address import PixelAddress
from convolith.hw.fetch.pixel_counter import PixelCounter
from convolith.model.options.config import ArrayConfig

__all__ = ["PixelWalker"]


class PixelWalker(Elaboratable):
    """Walks over the output pixels (n, ox, oy): a counter, and an address that follows it.

    Throughput: a pixel per cycle. Latency: one cycle. A slot with ``walk`` takes the current pixel
    and goes on to the next one; ``pixel`` shows the pixel that it took in the next cycle. By then
    the counter is at the next pixel already, but address and flags are a cycle behind it
    (`PixelCounter` has the diagram). Reset: none needed; the start of a layer sets all registers.

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
        In an invalid one ``valid`` and ``final`` are 0, and the other fields have no meaning.
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
