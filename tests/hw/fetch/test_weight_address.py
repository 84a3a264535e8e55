"""Addresses of weight words against the loops."""

from itertools import product
from random import Random

import pytest
from amaranth.hdl import *
from benches import play

from convolith.hw.fetch.weight_address import WeightAddress


def weight_addresses(bits, rows):
    """Per active cycle the address; rows of (base, start, active, tile_end, last_px)."""
    base = Signal(bits)
    start, active, tile_end, last_px = inputs = [Signal() for _ in range(4)]
    dut = WeightAddress(base, start=start, active=active, tile_end=tile_end, last_px=last_px)
    seen = play(dut, (base, *inputs), rows, (dut.address,))
    return [address for (address,), row in zip(seen, rows, strict=True) if row[2]]


def test_weights_by_hand():
    # Words 10 and 11 for two pixel tiles, then 12 and 13.
    more, again, on = (10, 0, 1, 0, 0), (10, 0, 1, 1, 0), (10, 0, 1, 1, 1)
    rows = [(10, 1, 0, 0, 0), more, again, more, on, more, again]
    assert weight_addresses(8, rows) == [10, 11, 10, 11, 12, 13]


@pytest.mark.parametrize(
    ("oc_tiles", "px_tiles", "words"), [(1, 1, 1), (3, 1, 1), (1, 4, 1), (2, 3, 5), (4, 2, 3)]
)
def test_weights_against_loops(oc_tiles, px_tiles, words):
    # Two layers, with idle cycles; the second layer's words end at the memory's last.
    random = Random(words)
    rows, expected = [], []
    for base in (9, 64 - oc_tiles * words):
        rows.append((base, 1, 0, 0, 0))
        for oc, px, word in product(range(oc_tiles), range(px_tiles), range(words)):
            rows += [(base, 0, 0, *random.choices((0, 1), k=2))] * random.randint(0, 2)
            rows.append((base, 0, 1, word == words - 1, px == px_tiles - 1))
            expected.append(base + oc * words + word)
    assert weight_addresses(6, rows) == expected
