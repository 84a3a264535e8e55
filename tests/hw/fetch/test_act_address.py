"""Addresses against the places of the words in memory, taps outside the image included."""

from random import Random

import numpy as np
from amaranth.hdl import *
from amaranth.lib.data import StructLayout
from benches import AT_LIMIT, layer_word, play
from drawing import configs, layers
from hypothesis import example, given, settings
from hypothesis import strategies as st

from convolith.hw.fetch.act_address import ActAddress
from convolith.hw.fetch.pixel import pixel_layout
from convolith.hw.layouts.registers import register_layout
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

NO_PIXEL = (0, 0, 0, 0, 1)  # x, y, base, valid, wanted


def addresses(config, rows):
    """Per cycle the address, or None out of bounds; rows of (layer, load, wrap, *pixel)."""
    layer, start = Signal(register_layout(config)), Signal()
    slot = Signal(StructLayout({"wrap": 6}))
    pixel, wanted = Signal(pixel_layout(config)), Signal()
    dut = ActAddress(config, layer, start=start, slot=slot, pixel=pixel, wanted=wanted)
    inputs = (
        layer.as_value(), start, slot.wrap, pixel.x, pixel.y, pixel.base, pixel.valid, wanted
    )
    seen = play(dut, inputs, rows, (dut.in_bounds, dut.address))
    return [address if in_bounds else None for in_bounds, address in seen]


def test_by_hand():
    # A 3x4 image, one word per pixel, from word 20 on; a 2x2 kernel, dilated by 2 along y. The
    # pixel at (-1, 1) meets the image with its lower taps only: (0, 1) and (0, 3).
    config = ArrayConfig(rows=1, cols=1)
    layer = ConvLayer(IC=1, OC=1, IX=3, IY=4, KX=2, KY=2, dilation=(1, 2), padding=(1, 0))
    word = layer_word(DenseTiling(config, layer), act_base=20)
    ky, kx, px = 0b000001, 0b000011, 0b001111
    pixel = (-1, 1, 20 - 4 + 1, 1, 1)
    rows = [
        (word, 1, 0, *NO_PIXEL),
        (word, 0, ky, *NO_PIXEL),  # the first slot; its pixel comes two cycles later
        (word, 0, kx, *NO_PIXEL),
        (word, 0, ky, *pixel),
        (word, 0, px, *pixel),
        (word, 0, ky, *pixel),  # the next tile's first slot
        (word, 0, 0, *pixel),  # its second one
        (word, 1, 0, 1, 1, 20 + 4 + 1, 1, 1),  # a layer begins
        (word, 0, 0, 1, 1, 20 + 4 + 1, 1, 1),
        (word, 0, 0, 2, 3, 20 + 8 + 3, 1, 0),  # nobody takes the word of this pixel
        (word, 0, 0, 2, 3, 20 + 8 + 3, 1, 1),
        (word, 0, 0, *NO_PIXEL),
        (word, 0, 0, *NO_PIXEL),
    ]
    assert addresses(config, rows) == [None] * 7 + [21, 23, 25, 27, None, 31]


def word_address(tiling, base, pixel, block):
    """Words lie in the order (n, x, y, group, ic_block)."""
    n, x, y, group = pixel
    place = ((n * tiling.layer.IX + x) * tiling.layer.IY + y) * tiling.layer.groups + group
    return (base + place * tiling.ic_blocks + block) % (1 << tiling.config.addr_bits)


def slots_of_tile(tiling, base, random):
    """Per slot wrap, pixel and expected address: all taps, for any pixels of any group."""
    layer, shape = tiling.layer, (tiling.ic_blocks, tiling.layer.KX, tiling.layer.KY)
    for block, kx, ky in np.ndindex(shape):
        ends = ky == layer.KY - 1, kx == layer.KX - 1, block == tiling.ic_blocks - 1
        wrap = 1 | ends[0] << 1 | all(ends[:2]) << 2 | all(ends) << 3
        for last_slot in [0] * random.randint(0, 2) + [1]:
            n, group = random.randrange(layer.N), random.randrange(layer.groups)
            x = random.randrange(layer.OX) * layer.stride[0] - layer.padding[0]
            y = random.randrange(layer.OY) * layer.stride[1] - layer.padding[1]
            valid, wanted = random.random() < 0.8, random.random() < 0.8
            ix, iy = x + kx * layer.dilation[0], y + ky * layer.dilation[1]
            inside = valid and wanted and 0 <= ix < layer.IX and 0 <= iy < layer.IY
            yield (
                wrap * last_slot,
                (x, y, word_address(tiling, base, (n, x, y, group), 0), valid, wanted),
                word_address(tiling, base, (n, ix, iy, group), block) if inside else None,
            )


@settings(max_examples=40)
@example(**AT_LIMIT)
@given(config=configs(), two=st.lists(layers(), min_size=2, max_size=2))
def test_against_the_layout(config, two):
    random = Random(two[0].macs)
    rows, expected = [], []
    for layer in two:
        tiling = DenseTiling(config, layer)
        base = random.randrange((1 << config.addr_bits) - tiling.act_words + 1)
        word = layer_word(tiling, act_base=base)
        slots = [slot for _ in range(3) for slot in slots_of_tile(tiling, base, random)]
        # A slot's pixel comes two cycles after it, its address four; the layer stays that long.
        wraps = [0, *(wrap for wrap, _, _ in slots), 0, 0, 0, 0]
        pixels = [*[NO_PIXEL] * 3, *(pixel for _, pixel, _ in slots), NO_PIXEL, NO_PIXEL]
        rows += [(word, t == 0, wrap, *pixels[t]) for t, wrap in enumerate(wraps)]
        expected += [None] * 5 + [address for _, _, address in slots]
    assert addresses(config, rows) == expected
