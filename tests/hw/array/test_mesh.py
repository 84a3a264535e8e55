"""The array against NumPy: rows of sums in the promised cycles, nothing in any other."""

from types import SimpleNamespace

import numpy as np
import pytest
from amaranth.hdl import *
from benches import pack, play

from convolith.hw.array.mesh import MacArray
from convolith.model.options.config import ArrayConfig

# From row 0's `last` to its sums: the PE (3, and the adder tree's levels), then the drain's levels.
LATENCY = {(1, 1, 1): 3 + 1, (3, 2, 1): 3 + 1, (2, 3, 4): 5 + 1, (16, 1, 1): 3 + 2}


def results(config, a, w, flags, first, last):
    """Per cycle done, o_valid, last, sums, for each cycle's operands; ``flags``: valid, final.

    Without ``done`` the sums have no meaning, and are 0 here.
    """
    width = config.dot * config.act_bits
    operands = Signal(config.rows * width)
    weights = Signal(config.weight_word_bits)
    valid, final = Signal(config.rows), Signal(config.rows)
    begin, end = Signal(), Signal()
    rows = SimpleNamespace(
        operands=[operands[r * width : (r + 1) * width] for r in range(config.rows)],
        valid=list(valid), final=list(final),
    )
    array = MacArray(
        config, rows=rows, weights=SimpleNamespace(weights=weights, first=begin, last=end)
    )
    rows = [
        (
            pack(a[t].flat, config.act_bits), pack(w[t].flat, config.weight_bits),
            pack(flags[0][t], 1), pack(flags[1][t], 1), first[t], last[t],
        )
        for t in range(len(a))
    ]
    outputs = (array.done, array.o_valid, array.o.last, *array.o.sums)
    seen = play(array, (operands, weights, valid, final, begin, end), rows, outputs)
    return [row if row[0] else (*row[:3], *[0] * config.cols) for row in seen]


def skewed(values):
    """Row r's values (axis 1) come r cycles later."""
    out = np.zeros_like(values)
    for r in range(values.shape[1]):
        out[r:, r] = values[: len(values) - r, r]
    return out


def test_two_by_two_product_by_hand():
    # [[1, 2], [3, 4]] times [[5, 6], [7, 8]], begun in cycle 0; row 1 comes a cycle later.
    config = ArrayConfig(rows=2, cols=2)
    a, w = np.zeros((8, 2, 1), int), np.zeros((8, 2, 1), int)
    a[:3, :, 0] = [[1, 0], [2, 3], [0, 4]]
    w[:2, :, 0] = [[5, 6], [7, 8]]
    first, last = [1] + [0] * 7, [0, 1] + [0] * 6
    valid = [[1, 1]] * 8
    final = [[0, 1]] * 8
    nothing = (0, 0, 0, 0, 0)
    assert results(config, a, w, (valid, final), first, last) == [
        *[nothing] * 5, (1, 1, 0, 19, 22), (1, 1, 1, 43, 50), nothing,
    ]


def check_tiles(shape, tiles, acc_bits, seed):
    """Tiles of (cycles in all, cycles from ``first`` to ``last``), one after the other."""
    rows, cols, dot = shape
    config = ArrayConfig(rows=rows, cols=cols, dot=dot, acc_bits=acc_bits)
    rng = np.random.default_rng(seed)
    total = sum(cycles for cycles, _ in tiles) + LATENCY[shape] + 3 * rows
    # Operands and flags are there in every cycle: what lies between the tiles must not count.
    a = rng.integers(-128, 128, (total, rows, dot))
    w = rng.integers(-128, 128, (total, cols, dot))
    valid, final = rng.integers(0, 2, (2, total, rows))
    first, last = np.zeros((2, total), int)
    expected = np.zeros((total, 3 + cols), dtype=np.int64)
    half, start = 1 << acc_bits - 1, 0
    for cycles, length in tiles:
        end = start + length
        first[start], last[end - 1] = 1, 1
        sums = np.einsum("krd,kcd->rc", a[start:end], w[start:end])
        for r in range(rows):
            flags = 1, valid[end - 1, r], final[end - 1, r]
            expected[end - 1 + LATENCY[shape] + r] = *flags, *((sums[r] + half) % (2 * half) - half)
        start += cycles
    seen = results(config, skewed(a), w, (skewed(valid), skewed(final)), first, last)
    assert seen == [tuple(row) for row in expected.tolist()]


@pytest.mark.parametrize("shape", LATENCY)
@pytest.mark.parametrize("short", [False, True])
def test_last_every_r_cycles(shape, short):
    # As often as allowed; `short`: `first` and `last` in the same cycle, then a wait.
    rows = shape[0]
    check_tiles(shape, [(rows, 1 if short else rows)] * 6, acc_bits=32, seed=1)


@pytest.mark.parametrize("shape", LATENCY)
def test_tiles_of_any_length(shape):
    rng = np.random.default_rng(2)
    # R idle cycles at least: a short tile's `last` is then far enough from the one before.
    tiles = [(n + shape[0] + idle, n) for n, idle in rng.integers(1, 9, (20, 2)).tolist()]
    check_tiles(shape, tiles, acc_bits=17, seed=3)
