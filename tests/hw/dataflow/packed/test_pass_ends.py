"""Which tiles end a pass, against a count of its rows."""

import pytest
from amaranth.hdl import *
from benches import play

from convolith.hw.dataflow.packed.pass_ends import PassEnds


def expected(rows, pixels, tiles):
    """Per tile: its first row's pass ends; rows of another pass are in it; that ends as well."""
    first = 0  # row of all
    for _ in range(tiles):
        one, pixel = divmod(first, pixels)
        end = min((one + 1) * pixels, first + rows)  # of the first pass in this tile
        second = min((one + 2) * pixels, first + rows) if end < first + rows else end
        yield end == (one + 1) * pixels, second > end, second == (one + 2) * pixels
        first = second


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 7, 16])
@pytest.mark.parametrize("pixels", [1, 2, 3, 5, 8, 15, 16, 17, 33])
def test_against_rows(rows, pixels):
    beyond, start, tile_end = Signal(signed(9)), Signal(), Signal()
    dut = PassEnds(rows, beyond, start=start, tile_end=tile_end)
    tiles = 40
    # A tile's are there for as long as it takes: two cycles here, its end in the second.
    inputs = [(pixels - rows, 1, 0), *[(pixels - rows, 0, 0), (pixels - rows, 0, 1)] * tiles]
    seen = play(dut, [beyond, start, tile_end], inputs, [dut.last, dut.crosses, dut.both])
    wanted = [flags for flags in expected(rows, pixels, tiles) for _ in range(2)]
    assert [tuple(map(bool, flags)) for flags in seen[1:]] == wanted
