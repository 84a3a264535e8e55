# amaranth: UnusedElaboratable=no
"""From slots to words on the bus, by hand: the memory gives a word's address as its content."""

from amaranth.hdl import *
from benches import layer_word, play

from convolith.hw.cells.delay import delayed
from convolith.hw.dataflow.slot import slot_layout
from convolith.hw.fetch.activations import ActivationFetch
from convolith.hw.layouts.registers import register_layout
from convolith.hw.ports import ReadPort
from convolith.hw.sequencer.loopnest import LOOPS
from convolith.model.dataflow.cycles import MEMORY_LATENCY, OPERANDS
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

CONFIG = ArrayConfig(rows=2, cols=1, depthwise=False)  # two lanes of 8 bits: addresses to 127
WIDE = ArrayConfig(rows=2, cols=1, lanes=3, depthwise=False)  # a step has a slot more than rows
PADDING = -3
BUS = OPERANDS - 1  # cycles from a slot to its word on the bus


def fetched(tiling, slots):
    """Per slot the word on the bus, valid, final, whether it is for row 0, and was read."""
    config = tiling.config
    layer, start = Signal(register_layout(config)), Signal()
    slot = Signal(slot_layout(config))
    port = ReadPort(config.addr_bits, config.act_word_bits).create(path=("act",))
    m = Module()
    m.submodules.dut = dut = ActivationFetch(
        config, layer, starts={"pixels": start, "activations": start}, slot=slot, port=port
    )
    m.d.comb += port.data.eq(delayed(m, port.address, MEMORY_LATENCY, name="memory")[-1])
    names = ("active", "row", "first_step", "step_start", "walk", "last_walk", "wrap")
    word = layer_word(tiling, act_base=40, padding_value=PADDING)
    rows = [(word, 1, *[0] * len(names)), (word, 0, *[0] * len(names))]
    rows += [(word, 0, *(values[name] for name in names)) for values in slots]
    rows += [rows[1]] * BUS
    inputs = (layer.as_value(), start, *(slot[name] for name in names))
    bus = dut.bus
    read = delayed(m, port.en, MEMORY_LATENCY + 1, name="read")[-1]
    captured = delayed(m, dut.capture, 1, name="captured")[-1]  # it is said a cycle ahead
    return play(m, inputs, rows, (bus.word, bus.valid, bus.final, captured, read))[2 + BUS :]


def test_a_tile_of_two_steps():
    """Pixels 0 and 1 of a line of three, and a kernel of two taps with a padding of one.

    The taps of pixel 0 are the padding and word 40; those of pixel 1 are words 40 and 41.
    """
    layer = ConvLayer(IC=2, OC=1, IY=3, KY=2, padding=(0, 1), dims=1)
    ky = 1 << LOOPS.index("ky")
    slots = [
        {"active": 1, "row": step % 2, "first_step": step < 2, "step_start": step % 2 == 0,
         "walk": step < 2, "last_walk": 1, "wrap": ky if step == 1 else 0}
        for step in range(4)
    ]
    outside = (PADDING % 256) * 0x101
    assert fetched(DenseTiling(CONFIG, layer), slots) == [
        (outside, 1, 0, 1, 0), (40, 1, 0, 0, 1), (40, 1, 0, 1, 1), (41, 1, 0, 0, 1)
    ]


def test_a_row_without_a_pixel():
    """One pixel on two rows: row 1 has none, and row 0 has the layer's last."""
    layer = ConvLayer(IC=2, OC=1, IY=1, KY=1, dims=1)
    slots = [
        {"active": 1, "row": row, "first_step": 1, "step_start": row == 0, "walk": 1,
         "last_walk": 1, "wrap": 0}
        for row in range(2)
    ]
    found = fetched(DenseTiling(CONFIG, layer), slots)
    assert found[0] == (40, 1, 1, 1, 1)
    assert found[1][1:] == (0, 0, 0, 0)


def test_only_words_that_a_row_takes_are_read():
    """A slot beyond the rows, and cycles without a slot: the pixel of row 0 is still there."""
    layer = ConvLayer(IC=2, OC=1, IY=1, KY=1, dims=1)
    slot = {"active": 1, "row": 0, "first_step": 1, "step_start": 1, "walk": 1, "last_walk": 1,
            "wrap": 0}
    idle = dict.fromkeys(slot, 0)
    slots = [slot, idle, idle | {"active": 1}, idle | {"active": 1, "row": 2}, idle]
    found = fetched(DenseTiling(WIDE, layer), slots)
    assert [read for *_, read in found] == [1, 0, 1, 0, 0]
