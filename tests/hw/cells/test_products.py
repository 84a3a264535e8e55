"""Products in the multipliers of two parts, in Icarus: every sign, and two cycles later."""

from random import Random

import pytest
from amaranth.hdl import *
from icarus_play import ECP5, ICE40, needs_icarus, play_cells, verilog_of

from convolith.hw.cells.products import cell_products, has_cells


def block(platform, widths, count):
    """So many products of signed operands of two widths."""
    m = Module()
    pairs = [
        tuple(Signal(signed(width), name=f"{name}_{i}")
              for name, width in zip("ab", widths, strict=True))
        for i in range(count)
    ]
    found = cell_products(m, platform, pairs)
    outputs = [Signal(sum(widths), name=f"out_{i}") for i in range(count)]
    m.d.comb += [output.eq(product) for output, product in zip(outputs, found, strict=True)]
    return m, [operand for pair in pairs for operand in pair], outputs


def extremes(width):
    return [-(1 << width - 1), (1 << width - 1) - 1, -1, 0, 1]


@needs_icarus
@pytest.mark.parametrize(
    ("platform", "widths", "count"),
    [
        (ECP5, (8, 8), 2), (ECP5, (18, 18), 1), (ECP5, (3, 17), 1),
        # In pairs, the last one alone; and too wide for that.
        (ICE40, (8, 8), 3), (ICE40, (5, 7), 2), (ICE40, (16, 16), 2), (ICE40, (9, 4), 2),
    ],
)
def test_products(tmp_path, platform, widths, count):
    random = Random(sum(widths))
    both = [(a, b) for a in extremes(widths[0]) for b in extremes(widths[1])]
    both += [tuple(random.randrange(-(1 << w - 1), 1 << w - 1) for w in widths) for _ in range(50)]
    # Every product has operands of its own.
    rows = [[operand for i in range(count) for operand in both[n - i]] for n in range(len(both))]
    m, inputs, outputs = block(platform, widths, count)
    seen = play_cells(tmp_path, m, platform, inputs, rows, outputs)
    modulus = 1 << sum(widths)
    expected = [
        tuple(a * b % modulus for a, b in zip(row[::2], row[1::2], strict=True)) for row in rows
    ]
    assert seen[2:] == expected[:-2]


@pytest.mark.parametrize(
    ("platform", "cell", "widths", "cells"),
    [
        (ECP5, "MULT18X18D", (8, 8), 3), (ICE40, "SB_MAC16", (8, 8), 2),
        (ICE40, "SB_MAC16", (9, 8), 3),
    ],
)
def test_how_many_cells_three_products_take(platform, cell, widths, cells):
    m, inputs, outputs = block(platform, widths, 3)
    assert verilog_of(m, platform, [*inputs, *outputs]).count(f"{cell} #(") == cells


def test_which_parts_have_cells():
    class Platform:
        device = "xc7a100t"

    assert [has_cells(p) for p in (ECP5, ICE40, Platform(), None)] == [True, True, False, False]
