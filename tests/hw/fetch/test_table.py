"""The table that remembers a tile's pixels."""

from itertools import product
from random import Random

import pytest
from amaranth.hdl import *
from benches import play

from convolith.hw.fetch.pixel import pixel_layout
from convolith.hw.fetch.table import PixelTable
from convolith.model.options.config import ArrayConfig


@pytest.mark.parametrize(("rows", "slots"), [(1, 1), (1, 4), (3, 3), (3, 8), (4, 4), (5, 5)])
def test_table(rows, slots):
    # Four tiles of three steps. What comes in slots from R up, or after the first step, is no pixel
    # of the tile and must not be remembered.
    config = ArrayConfig(rows=rows, lanes=slots)
    row, first_step = Signal(range(max(2, slots))), Signal()
    pixel = Signal(pixel_layout(config)).as_value()
    table = PixelTable(rows, row=row, first_step=first_step, pixel=pixel_layout(config)(pixel))
    random = Random(slots)
    cycles, expected = [], []
    for _ in range(4):
        tile = [random.getrandbits(len(pixel)) for _ in range(rows)]
        for first, slot in product((1, 0, 0), range(slots)):
            exists = slot < rows
            cycles.append((slot, first, tile[slot] if first and exists else random.getrandbits(9)))
            expected.append(tile[slot] if exists else None)
    outputs = (table.row_pixel.as_value(),)
    seen = [p for (p,) in play(table, (row, first_step, pixel), [*cycles, (0, 0, 0)], outputs)]
    # One cycle later; of rows that do not exist nothing is promised.
    assert [None if e is None else s for s, e in zip(seen[1:], expected, strict=True)] == expected
