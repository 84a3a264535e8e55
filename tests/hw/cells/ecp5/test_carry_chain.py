"""Sums in carry cells, in Icarus, against Python's integers."""

from random import Random

import pytest
from amaranth.hdl import *
from icarus_play import ECP5, needs_icarus, play_cells

from convolith.hw.cells.ecp5.carry_chain import accumulate, add_either, add_joined

pytestmark = needs_icarus


def numbers(random, width, count):
    """All of few bits, or the extremes and others."""
    if width <= 3:
        return list(range(1 << width))
    extremes = [0, 1, (1 << width) - 1, 1 << width - 1, (1 << width - 1) - 1]
    return extremes + [random.getrandbits(width) for _ in range(count)]


@pytest.mark.parametrize(("width", "narrow"), [(3, 3), (8, 8), (17, 6), (32, 16)])
def test_accumulate(tmp_path, width, narrow):
    """What is added has a sign, and may be narrower."""
    random = Random(width)
    total, term = Signal(signed(width), name="total"), Signal(signed(narrow), name="term")
    first, result = Signal(name="first"), Signal(width, name="result")
    m = Module()
    m.d.comb += result.eq(accumulate(m, total, term, first))
    rows = [
        (a, b, start) for a in numbers(random, width, 10) for b in numbers(random, narrow, 10)
        for start in (0, 1)
    ]
    seen = play_cells(tmp_path, m, ECP5, (total, term, first), rows, (result,))
    signs = [b - (b >> narrow - 1 << narrow) for _, b, _ in rows]
    assert seen == [
        ((b + (0 if start else a)) % (1 << width),)
        for (a, _, start), b in zip(rows, signs, strict=True)
    ]


@pytest.mark.parametrize("width", [1, 2, 3, 12, 33])
def test_add_either(tmp_path, width):
    random = Random(width)
    to, one, other = (Signal(width, name=name) for name in ("to", "one", "other"))
    choose, result = Signal(name="choose"), Signal(width, name="result")
    m = Module()
    m.d.comb += result.eq(add_either(m, to, one, other, choose, name="sum"))
    rows = [
        (a, b, random.getrandbits(width), chosen) for a in numbers(random, width, 8)
        for b in numbers(random, width, 8) for chosen in (0, 1)
    ]
    seen = play_cells(tmp_path, m, ECP5, (to, one, other, choose), rows, (result,))
    assert seen == [((a + (b if chosen else c)) % (1 << width),) for a, b, c, chosen in rows]


@pytest.mark.parametrize("width", [1, 2, 3, 12, 33])
def test_add_joined(tmp_path, width):
    random = Random(width)
    to, one, other = (Signal(width, name=name) for name in ("to", "one", "other"))
    result = Signal(width, name="result")
    m = Module()
    m.d.comb += result.eq(add_joined(m, to, one, other, name="sum"))
    rows = [
        (a, b, c) for a in numbers(random, width, 8) for b in numbers(random, width, 8)
        for c in (0, b, random.getrandbits(width))
    ]
    seen = play_cells(tmp_path, m, ECP5, (to, one, other), rows, (result,))
    assert seen == [((a + (b | c)) % (1 << width),) for a, b, c in rows]
