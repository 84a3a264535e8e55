"""What leaves the array, bit by bit, and what goes with a row to the output FIFO."""

import pytest
from amaranth.hdl import *
from benches import pack, play

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.layouts.registers import register_layout
from convolith.hw.layouts.rows import (
    results_layout,
    starts_layout,
    sums_layout,
    tagged,
    tagged_layout,
)
from convolith.model.options.config import ArrayConfig

LANES = {"rows": 2, "cols": 2, "acc_bits": 10, "post_lanes": 2}
STORES = {**LANES, "store_results": True}


def test_sums_by_hand():
    """Column 0 lowest, and above all whether they are the last."""
    layout = sums_layout(ArrayConfig(rows=2, cols=3, acc_bits=10))
    assert layout.size == 31
    word = layout.from_bits(1 << 30 | pack([-5, 511, -512], 10))
    assert (list(word.sums), word.last) == ([-5, 511, -512], 1)


def test_results_by_hand():
    layout = results_layout(ArrayConfig(rows=2, cols=4, act_bits=5, post_lanes=2))
    assert layout.size == 11
    word = layout.from_bits(1 << 10 | pack([-16, 15], 5))
    assert (list(word.activations), word.last) == ([-16, 15], 1)


def fields_of(config, row, starts, **registers):
    """Of a tagged row."""
    layer, begun = Signal(register_layout(config)), Signal(starts_layout())
    of = Signal(sums_layout(config))
    out = Signal(tagged_layout(config))
    m = Module()
    m.domains.sync = ClockDomain()  # which `play` needs, and nobody else
    m.d.comb += layer.eq(register_layout(config).const(registers))
    m.d.comb += out.eq(tagged(config, layer, Value.cast(of), begun, dataflows(config, layer)))
    names = [name for name, _ in out.shape() if name not in ("row", "starts")]
    shown = [out.row.as_value(), out.starts.as_value(), *(out[name] for name in names)]
    ((found, began, *rest),) = play(m, (of.as_value(), begun.as_value()), [(row, starts)], shown)
    return {"row": found, "starts": began, **dict(zip(names, rest, strict=True))}


@pytest.mark.parametrize("requantize", [0, 1])
def test_tags(requantize):
    row, starts = 0b1_0101010101_1100110011, 0b101
    found = fields_of(ArrayConfig(**LANES), row, starts, requantize=requantize)
    assert found == {"row": row, "starts": starts, "requantize": requantize}


# What begins with a row: a pass, a tile, a lane group, the lowest bit first.
@pytest.mark.parametrize(
    ("starts", "plain", "shares"), [(0b000, 0, 0), (0b100, 0, 0), (0b010, 0, 1), (0b111, 1, 1)]
)
def test_rows_that_are_stored_elsewhere(starts, plain, shares):
    """A pass is; a tile is where each is a patch."""
    config = ArrayConfig(**STORES)
    assert fields_of(config, 5, starts, shared_words=0)["moves"] == plain
    assert fields_of(config, 5, starts, shared_words=1)["moves"] == shares
    without = ArrayConfig(**STORES, depthwise=False)
    assert fields_of(without, 5, starts)["moves"] == plain
