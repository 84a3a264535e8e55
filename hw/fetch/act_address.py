"""The address of the activation word that a row takes in a step."""

from functools import reduce
from operator import or_

from amaranth.hdl import *

from convolith.hw.fetch.offset_step import OffsetStep
from convolith.hw.sequencer.loopnest import LOOPS
from convolith.model.options.config import ArrayConfig

__all__ = ["ActAddress"]


class ActAddress(Elaboratable):
    """Adds a step's offset to a row's pixel, and checks the bounds.

    The offset is the same for all rows. Throughput: one row per cycle. Latency: two cycles from
    ``pixel`` to ``address``. A loop that wraps in one cycle changes the offset for the pixels that
    arrive three cycles later.

        cycle      0        1         2          3               4                   5
        wrap       *
        goes_on             *
        delta                         new
        offset                                   new
        pixel                                    its pixels
        x, y                                                     coordinates
        address                                                                      with in_bounds

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    start : Value
        A layer begins.
    slot : View
        ``wrap``: one bit per loop of the nest, a round ends. Other dataflows add fields.
    pixel : View of pixel_layout(config)
    wanted : Value
        A row takes the word of ``pixel``.
    flows : list of DenseDataflow

    Members
    -------
    address : Signal, addr_bits
    in_bounds : Signal
        The word lies in the image, and a row with a pixel takes it. Otherwise there is no word to
        be read: it is padding, or nobody takes it.
    """

    def __init__(self, config: ArrayConfig, layer, *, start: Value, slot, pixel, wanted: Value,
                 flows=()):
        self.config, self.layer = config, layer
        self.start, self.slot, self.pixel, self.wanted = start, slot, pixel, wanted
        self.flows = flows
        self.address = Signal(config.addr_bits, reset_less=True)
        self.in_bounds = Signal()

    def steps(self) -> dict[str, OffsetStep]:
        """For each loop what is added when it goes on. If several end, the outermost counts."""
        layer, wrap = self.layer, self.slot.wrap
        next_ky, next_kx, next_ic = (wrap[LOOPS.index(name)] for name in ("ky", "kx", "ic"))
        steps = {
            "ic": OffsetStep(when=next_ic, delta=layer.delta_ic, restart_x=True, restart_y=True),
            "kx": OffsetStep(
                when=next_kx, delta=layer.delta_kx, x=layer.dilation_x, restart_y=True
            ),
            "ky": OffsetStep(when=next_ky, delta=layer.delta_ky, y=layer.dilation_y),
        }
        for flow in self.flows:
            steps = flow.offset_steps(steps, self.slot)
        return steps

    def elaborate(self, platform):
        m = Module()
        layer = self.layer
        coordinate = unsigned(self.config.size_bits)
        offset, offset_x, offset_y = (
            Signal(shape, name=name, reset_less=True)
            for name, shape in (("offset", self.config.addr_bits), ("offset_x", coordinate),
                                ("offset_y", coordinate))
        )
        # It is decided in one cycle which loop goes on, its term is chosen in the next, and added
        # in the one after that. So a choice takes few LUTs, and the adders start from registers.
        delta = Signal.like(offset, name="delta")
        delta_x = Signal.like(offset_x, name="delta_x")
        delta_y = Signal.like(offset_y, name="delta_y")
        zero, zero_x, zero_y = (
            Signal(name=name, reset_less=True) for name in ("zero", "zero_x", "zero_y")
        )
        again = self.start | self.slot.wrap[LOOPS.index("px")]
        steps = list(self.steps().values())
        restarts = [
            [again],
            [again, *(step.when for step in steps if step.restart_x)],
            [again, *(step.when for step in steps if step.restart_y)],
        ]
        goes_on = []  # at most one of them, as only the outermost loop counts
        outer: list[Value] = [again]
        for i, step in enumerate(steps):
            goes = Signal(name=f"goes_on_{i}", reset_less=True)
            m.d.sync += goes.eq(step.when & ~Cat(outer).any())
            goes_on.append(goes)
            outer.append(step.when)
        for clear, name, when in zip((zero, zero_x, zero_y), ("", "_x", "_y"), restarts,
                                     strict=True):
            restart = Signal(name=f"restart{name}", reset_less=True)
            m.d.sync += [restart.eq(Cat(when).any()), clear.eq(restart)]
        for term, values in (
            (delta, [step.delta for step in steps]), (delta_x, [step.x for step in steps]),
            (delta_y, [step.y for step in steps]),
        ):
            m.d.sync += term.eq(reduce(or_, (
                Mux(goes, value, 0)
                for goes, value in zip(goes_on, values, strict=True) if value is not None
            ), C(0)))
        # A restart clears the total: synthesis uses the flip-flops' own reset, and no adder waits
        # for it.
        for total, term, clear in (
            (offset, delta, zero), (offset_x, delta_x, zero_x), (offset_y, delta_y, zero_y)
        ):
            m.d.sync += total.eq(total + term)
            with m.If(clear):
                m.d.sync += total.eq(0)

        # The coordinates are unsigned, and the padded image is less than 2**size_bits wide. So
        # negative coordinates wrap around to values beyond the image, and one comparison per axis
        # checks both bounds.
        x, y = (Signal(coordinate, reset_less=True, name=name) for name in "xy")
        address = Signal.like(self.address)
        valid = Signal()
        m.d.sync += [
            x.eq(self.pixel.x + offset_x),
            y.eq(self.pixel.y + offset_y),
            address.eq(self.pixel.base + offset),
            valid.eq(self.pixel.valid & self.wanted),
        ]
        m.d.sync += [
            self.in_bounds.eq((x < layer.size_x) & (y < layer.size_y) & valid),
            self.address.eq(address),
        ]
        return m
