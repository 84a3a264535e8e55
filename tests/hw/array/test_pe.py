"""One PE against sums of products in Python, in the cycle in which it promises them."""

import numpy as np
import pytest
from amaranth.hdl import *
from benches import pack, play

from convolith.hw.array.pe import PE
from convolith.model.options.config import ArrayConfig

LATENCY = {1: 3, 2: 4, 3: 5, 4: 5, 5: 6, 8: 6}  # per D: 3 + ceil(log2 D)


def sums(config, a, w, begins):
    """The accumulator per cycle, and the weights: for operands (cycles, D) in cycle 0, 1, ..."""
    latency = LATENCY[config.dot]
    operands = Signal(config.dot * config.act_bits)
    weights = Signal(config.dot * config.weight_bits)
    first = Signal()
    pe = PE(config, operands, weights, first)
    # `first` comes one cycle before the products are added, two before they are in the sum.
    firsts = ([0] * (latency - 2) + list(begins))[: len(a)]
    rows = [
        (pack(x, config.act_bits), pack(y, config.weight_bits), f)
        for x, y, f in zip(a, w, firsts, strict=True)
    ]
    seen = play(pe, (operands, weights, first), rows, (pe.accumulator, pe.weights))
    return [s for s, _ in seen], [w for _, w in seen]


def expected_sums(config, a, w, begins):
    half, total, expected = 1 << config.acc_bits - 1, 0, [0] * LATENCY[config.dot]
    for x, y, begin in zip(a, w, begins, strict=True):
        total = (0 if begin else total) + sum(int(i) * int(j) for i, j in zip(x, y, strict=True))
        expected.append((total + half) % (2 * half) - half)
    return expected[: len(a)]


def test_by_hand():
    # 2*3, then 4*5 added, then 6*7 as a new sum, in cycles 3, 4, 5; the weights a cycle later.
    a, w = [[2], [4], [6], [0], [0], [0], [0]], [[3], [5], [7], [0], [0], [0], [0]]
    totals, weights = sums(ArrayConfig(acc_bits=16), a, w, [1, 0, 1, 0, 0, 0, 0])
    assert totals == [0, 0, 0, 6, 26, 42, 42]
    assert weights == [0, 3, 5, 7, 0, 0, 0]


@pytest.mark.parametrize("dot", LATENCY)
@pytest.mark.parametrize(("act_bits", "weight_bits", "acc_bits"), [(8, 8, 32), (3, 11, 13)])
def test_random_with_idle_cycles(dot, act_bits, weight_bits, acc_bits):
    config = ArrayConfig(dot=dot, act_bits=act_bits, weight_bits=weight_bits, acc_bits=acc_bits)
    rng = np.random.default_rng(dot)
    a = rng.integers(-(1 << act_bits - 1), 1 << act_bits - 1, (200, dot))
    w = rng.integers(-(1 << weight_bits - 1), 1 << weight_bits - 1, (200, dot))
    a[rng.random(200) < 0.3] = 0
    begins = rng.random(200) < 0.1
    totals, weights = sums(config, a, w, begins)
    assert totals == expected_sums(config, a, w, begins)
    assert weights == [0, *(pack(row, weight_bits) for row in w[:-1])]


@pytest.mark.parametrize("dot", [1, 4])
def test_first_in_every_cycle(dot):
    config = ArrayConfig(dot=dot)
    a = np.arange(20 * dot).reshape(20, dot) - 9
    totals, _ = sums(config, a, a[::-1], [1] * 20)
    products = (a * a[::-1]).sum(axis=1).tolist()
    assert totals == ([0] * LATENCY[dot] + products)[:20]


@pytest.mark.parametrize(
    ("dot", "bits", "weight", "product"),
    [
        (1, 8, -128, 1 << 14),  # -128 * -128
        (1, 8, 127, -128 * 127),
        (4, 16, -(1 << 15), 1 << 32),  # four times 2**30: more than 32 bits
        (4, 16, (1 << 15) - 1, -(1 << 32) + (1 << 17)),
    ],
)
def test_extreme_operands(dot, bits, weight, product):
    config = ArrayConfig(dot=dot, act_bits=bits, weight_bits=bits, acc_bits=48)
    a, w = [[-(1 << bits - 1)] * dot] * 12, [[weight] * dot] * 12
    totals, _ = sums(config, a, w, [1] + [0] * 11)
    counts = range(1, 13 - LATENCY[dot])
    assert totals == [0] * LATENCY[dot] + [product * n for n in counts]


def test_sum_wraps_at_acc_bits():
    # 100, 200, 300 in eight bits; then zero operands leave the sum as it is.
    a, w = [[10]] * 3 + [[0]] * 6, [[10]] * 3 + [[99]] * 6
    totals, _ = sums(ArrayConfig(acc_bits=8), a, w, [1] + [0] * 8)
    assert totals == [0, 0, 0, 100, -56, 44, 44, 44, 44]
