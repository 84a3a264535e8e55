"""Wide products from four narrow ones, against Python's."""

from random import Random
from types import SimpleNamespace

import pytest
from amaranth.back import rtlil
from amaranth.hdl import *
from benches import play

from convolith.hw.requantize.product import PRODUCT_LATENCY, Product


@pytest.mark.parametrize("bits", [(32, 34), (24, 24), (33, 24), (7, 34), (2, 2)])
def test_product(bits):
    a, b = Signal(bits[0]), Signal(bits[1])
    dut = Product(a, b)
    random = Random(sum(bits))
    most = tuple((1 << n) - 1 for n in bits)
    pairs = [most, (most[0], 1), (1, most[1]), (0, most[1])]
    pairs += [tuple(random.getrandbits(n) for n in bits) for _ in range(300)]
    rows = [*pairs, *[(0, 0)] * PRODUCT_LATENCY]
    seen = [p for (p,) in play(dut, (a, b), rows, (dut.product,))]
    assert seen[PRODUCT_LATENCY:] == [x * y for x, y in pairs]


@pytest.mark.parametrize(
    ("device", "bits", "cells"),
    [("LFE5U-85F", (33, 31), 4), ("iCE40UP5K", (24, 24), 4), ("iCE40UP5K", (33, 31), 0)],
)
def test_cells_of_a_part(device, bits, cells):
    """What is too wide for a part's multipliers is left to synthesis."""
    a, b = Signal(bits[0]), Signal(bits[1])
    dut = Product(a, b)
    platform = SimpleNamespace(device=device)
    text = rtlil.convert(dut, ports=(a, b, dut.product), platform=platform)
    assert text.count("cell \\MULT18X18D") + text.count("cell \\SB_MAC16") == cells
