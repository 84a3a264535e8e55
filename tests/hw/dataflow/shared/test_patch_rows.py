"""Which rows have an output of a patch, by hand and by its places."""

from dataclasses import replace
from itertools import product

import pytest
from amaranth.hdl import *
from benches import play

from convolith.hw.dataflow.shared.patch_rows import patch_outputs
from convolith.hw.layouts.registers import register_layout
from convolith.model.options.config import ArrayConfig

ROWS = 4
CONFIG = ArrayConfig(rows=ROWS, cols=2)


def rows_of(values, inputs, config=CONFIG):
    """Per cycle the rows' (valid, final) as bits, row 0's leftmost.

    ``inputs``: per cycle the same of other layers, and the patch's end: bits for x, y, the last.
    """
    layer, end = Signal(register_layout(config)), Signal(3)
    valid, final = Signal(ROWS), Signal(ROWS)
    m = Module()
    m.domains.sync = ClockDomain()  # which `play` needs, and nobody else
    m.d.comb += layer.eq(register_layout(config).const(values))
    outputs = patch_outputs(
        config, layer, [end] * ROWS, layer.shared_words, list(valid), list(final)
    )
    found = [Signal(ROWS, name=name) for name in ("valids", "finals")]
    for signal, bits in zip(found, outputs, strict=True):
        m.d.comb += signal.eq(Cat(*bits))
    seen = play(m, (valid, final, end), [(v, f, int(e, 2)) for v, f, e in inputs], found)
    return [tuple(f"{bits:04b}"[::-1] for bits in cycle) for cycle in seen]


def test_by_hand():
    """Patches of 2x2; the last along x has one line, and the last along y one output a line.

    Bits of the end: the layer's last, along y, along x.
    """
    values = {"shared_words": 1, "edge_x": 0b0011, "edge_y": 0b0101, "last_row": 0}
    ends = {
        "000": ("1111", "0000"), "001": ("1100", "0000"), "010": ("1010", "0000"),
        "011": ("1000", "0000"), "111": ("1000", "1000"),
    }
    # What other layers would have does not matter.
    for other in (0b0000, 0b1111):
        assert rows_of(values, [(other, other, end) for end in ends]) == list(ends.values())


def test_other_layers_have_their_own():
    values = {"shared_words": 0, "edge_x": 0b0011, "edge_y": 0b0101, "last_row": 0}
    assert rows_of(values, [(0b1010, 0b1000, "111"), (0b0111, 0, "000")]) == [
        ("0101", "0001"), ("1110", "0000")
    ]


@pytest.mark.parametrize(
    ("array", "lines", "outputs"),
    [
        ({"dot": 1, "lanes": 4}, 2, 2), ({"dot": 2, "lanes": 4}, 1, 2),
        ({"dot": 4, "lanes": 8}, 1, 1),
    ],
)
def test_every_patch(array, lines, outputs):
    """Row by row: output (i, j) of a patch is there if the image has it."""
    config = replace(CONFIG, **array)
    assert config.patch == (lines, outputs)
    places = list(product(range(lines), range(outputs))) * (ROWS // (lines * outputs))
    for edge_x, edge_y in product(range(1, lines + 1), range(1, outputs + 1)):
        last_row = max(r for r, (i, j) in enumerate(places) if i < edge_x and j < edge_y)
        values = {
            "shared_words": 1, "last_row": last_row,
            "edge_x": sum((i < edge_x) << r for r, (i, _) in enumerate(places)),
            "edge_y": sum((j < edge_y) << r for r, (_, j) in enumerate(places)),
        }
        ends = ["000", "001", "010", "011", "111"]
        expected = [
            (
                "".join(str(int((end[2] == "0" or i < edge_x) and (end[1] == "0" or j < edge_y)))
                        for i, j in places),
                "".join(str(int(end[0] == "1" and r == last_row)) for r in range(ROWS)),
            )
            for end in ends
        ]
        assert rows_of(values, [(0, 0, end) for end in ends], config) == expected
