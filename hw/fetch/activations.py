"""From slots to activation words on the bus: pixel, address, word or padding."""

from amaranth.hdl import *

from convolith.hw.array.feeder import row_layout
from convolith.hw.cells.delay import bundle, delayed
from convolith.hw.fetch.act_address import ActAddress
from convolith.hw.fetch.padding import padded
from convolith.hw.fetch.table import PixelTable
from convolith.hw.fetch.walker import PixelWalker
from convolith.model.dataflow.cycles import MEMORY_LATENCY, OPERANDS
from convolith.model.options.config import ArrayConfig

__all__ = ["ActivationFetch"]


class ActivationFetch(Elaboratable):
    """Reads the word for each slot's row, or puts padding in its place.

    Throughput: a word per cycle. Latency, with a memory of MEMORY_LATENCY = 3 cycles:

        cycle     0      1       2        3             4            7      8
        slot      *
        walker           pixel
        table                    row's
        address                           coordinates   port, en
        memory                                                       word
        bus                                                                 word and flags

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    starts : dict of Value
        A layer begins: one signal for ``pixels`` and one for ``activations``.
    slot : View of slot_layout(config)
    port : ReadPort
        The activation memory's port.
    flows : list of DenseDataflow

    Members
    -------
    walker : PixelWalker
    flags : View
        ``valid`` and ``final`` of the row's pixel, and the fields of other dataflows. They come a
        cycle before they are on the bus.
    bus : row_layout(config)
        The word, and the flags of the row's pixel.
    capture : Value
        Row 0 takes the word that is on the bus in the next cycle.
    """

    def __init__(self, config: ArrayConfig, layer, *, starts, slot, port, flows=()):
        self.config, self.layer, self.starts, self.slot = config, layer, starts, slot
        self.port, self.flows = port, flows
        self.walker = PixelWalker(config, layer, start=starts["pixels"], slot=slot, flows=flows)
        names = ("valid", "final", *self.walker.counter.fields)
        self.flags = Signal(bundle(**{name: self.walker.pixel[name] for name in names}).shape())
        self.bus = Signal(row_layout(config, flows), reset_less=True)
        self.capture = Signal()

    def elaborate(self, platform):
        m = Module()
        config, layer, slot, start = self.config, self.layer, self.slot, self.starts["activations"]
        m.submodules.walker = walker = self.walker
        # The pixel comes a cycle after its slot.
        late = delayed(m, slot, 1, name="slot")[-1]
        m.submodules.table = table = PixelTable(
            config.rows, row=late.row, first_step=late.first_step, pixel=walker.pixel
        )
        pixel, wanted = table.row_pixel, Signal()
        m.d.sync += wanted.eq(late.active & (late.row < config.rows))
        m.submodules.address = address = ActAddress(
            config, layer, start=start, slot=slot, pixel=pixel, wanted=wanted,
            flows=self.flows
        )
        m.d.comb += [
            self.port.address.eq(address.address), self.port.en.eq(address.in_bounds)
        ]
        # The word is on the bus in cycle OPERANDS - 1 (8), a cycle after the memory's data. The
        # flags are there in cycle 2, with the row's pixel, and wait until cycle 7; `in_bounds` is
        # there in cycle 4 and waits until cycle 6, as `padded` takes it a cycle early.
        flags = bundle(**{name: pixel[name] for name, _ in self.flags.shape()})
        in_bounds = delayed(
            m, address.in_bounds, MEMORY_LATENCY - 1, name="in_bounds", reset_less=True
        )[-1]
        word = padded(
            m, platform, config, self.port.data, outside=~in_bounds, value=layer.padding_value
        )
        capture: Value = slot.step_start
        for flow in self.flows:
            word = flow.word(m, word, start=start, slot=slot)
            capture = flow.captures(capture)
        flags = delayed(m, flags, OPERANDS - 4, name="pixel_flags", reset_less=True)[-1]
        capture = delayed(m, capture, OPERANDS - 2, name="capture", reset_less=True)[-1]
        m.d.comb += [self.flags.eq(flags), self.capture.eq(capture)]
        m.d.sync += self.bus.word.eq(word)
        m.d.sync += [
            self.bus[name].eq(self.flags[name]) for name, _ in self.bus.shape() if name != "word"
        ]
        return m
