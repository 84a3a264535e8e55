"""The padding value in each lane of words outside the input, and the word in others."""

import pytest
from amaranth.hdl import *
from benches import pack, play
from icarus_play import ECP5, ICE40, needs_icarus, play_cells, verilog_of

from convolith.hw.fetch.padding import padded
from convolith.model.options.config import ArrayConfig

PARTS = {"TRELLIS_FF": ECP5, "SB_DFF": ICE40}


def block(config, platform):
    word = Signal(config.act_word_bits, name="word")
    outside = Signal(name="outside")
    value = Signal(signed(config.act_bits), name="value")
    out = Signal(config.act_word_bits, name="out")
    m = Module()
    m.d.comb += out.eq(padded(m, platform, config, word, outside=outside, value=value))
    return m, (word, outside, value), (out,)


def rows_of(config):
    """Words that differ in every lane; what comes out one cycle after ``outside`` was said."""
    bits, count = config.act_bits, config.lanes
    words = [pack([7 * n + lane for lane in range(count)], bits) for n in range(5)]
    outside, values = [0, 1, 1, 0, 0], [1, 2, -3, -4, -5]
    rows = list(zip(words, outside, values, strict=True))
    pads = [pack([value] * count, bits) for value in values]
    expected = [words[0], words[1], pads[2], pads[3], words[4]]
    return rows, [(word,) for word in expected]


CONFIGS = [
    ArrayConfig(rows=1, cols=1, act_bits=5), ArrayConfig(rows=3, cols=1),
    # More lanes than one register selects on a part: of 8 bits 8 of them, of 16 bits 4.
    ArrayConfig(rows=19, cols=1), ArrayConfig(rows=10, cols=1, act_bits=16),
]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: str(config.act_word_bits))
def test_words(config):
    m, inputs, outputs = block(config, None)
    rows, expected = rows_of(config)
    assert play(m, inputs, rows, outputs) == expected


@needs_icarus
@pytest.mark.parametrize("platform", PARTS.values(), ids=PARTS)
@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: str(config.act_word_bits))
def test_words_on_parts(tmp_path, config, platform):
    m, inputs, outputs = block(config, platform)
    rows, expected = rows_of(config)
    assert play_cells(tmp_path, m, platform, inputs, rows, outputs) == expected


@pytest.mark.parametrize("cell", PARTS)
def test_one_register_for_64_bits(cell):
    counts = []
    for config in CONFIGS:
        m, inputs, outputs = block(config, PARTS[cell])
        counts.append(verilog_of(m, PARTS[cell], [*inputs, *outputs]).count(f"  {cell} "))
    assert counts == [1, 1, 3, 3]
