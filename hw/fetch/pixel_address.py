"""Where a pixel's window begins: coordinates, and the address of the first tap."""

from amaranth.hdl import *

from convolith.hw.fetch.pixel_counter import PixelStep
from convolith.model.options.config import ArrayConfig

__all__ = ["PixelAddress"]


class PixelAddress(Elaboratable):
    """Follows the pixel counter's steps with one adder per coordinate, and one for the address.

    Latency: one cycle from ``step``. Throughput: a pixel per cycle. Reset: none needed; a layer's
    first step sets all registers.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    step : PixelStep

    Members
    -------
    x, y : Signal, size_bits
        Input coordinates of the window's first tap, modulo 2**size_bits. Outside the input the tap
        is padding.
    base : Signal, addr_bits
        The address of that tap.
    """

    def __init__(self, config: ArrayConfig, layer, step: PixelStep):
        self.layer, self.step = layer, step
        self.x = Signal(config.size_bits, reset_less=True)
        self.y = Signal(config.size_bits, reset_less=True)
        self.base = Signal(config.addr_bits, reset_less=True)

    def elaborate(self, platform):
        m = Module()
        layer, step = self.layer, self.step
        first = Signal.like(self.base)  # the address of the group's first pixel
        next_first = Signal.like(self.base)  # the address of the next group's first pixel
        # In a group's first step `first` still has the old group's address. `base` takes the new
        # one from where `first` takes it.
        group_first = Mux(step.start, layer.act_base, next_first)
        with m.If(step.next_group):
            m.d.sync += [first.eq(group_first), next_first.eq(group_first + layer.delta_g)]
        with m.If(step.go_x):
            m.d.sync += self.x.eq(Mux(step.renew_x, layer.first_x, self.x + layer.stride_x))
        with m.If(step.go_y):
            m.d.sync += self.y.eq(Mux(step.renew_y, layer.first_y, self.y + layer.stride_y))
        with m.If(step.go_base):
            origin = Mux(step.next_group, group_first, first)
            m.d.sync += self.base.eq(Mux(step.renew_base, origin, self.base + step.delta))
        return m
