"""The loop variables of words that rows share, from the registers that such a layer has."""

from itertools import product

import pytest
from amaranth.hdl import *
from benches import play

from convolith.hw.dataflow.shared.loops import shared_loops
from convolith.hw.layouts.registers import register_layout
from convolith.model.options.config import ArrayConfig

CONFIG = ArrayConfig(rows=4, cols=2, lanes=8)  # parts of two lanes, four of them a word
COUNTS = ("block", "passes", "phase_x", "line", "phase_y", "column")
NAMES = ("mac", "oc", "ox", "oy", "kx", "ky")


def loops(values, rows):
    """Per cycle what is shown, for (weights, ox, oy, each of the counts)."""
    layer = Signal(register_layout(CONFIG))
    size = CONFIG.size_bits
    weights, ox, oy = Signal(), Signal(size), Signal(size)
    counts = {name: Signal(size, name=name) for name in COUNTS}
    m = Module()
    m.domains.sync = ClockDomain()  # which `play` needs, and nobody else
    m.d.comb += layer.eq(register_layout(CONFIG).const(values))
    found = shared_loops(
        CONFIG, layer, weights=weights, counts=counts, walk={"ox": ox, "oy": oy}
    )
    assert found.keys() == {*NAMES, "ic"}
    shown = [Signal(size, name=f"shown_{name}") for name in NAMES]
    m.d.comb += [signal.eq(found[name]) for signal, name in zip(shown, NAMES, strict=True)]
    return play(m, [weights, ox, oy, *counts.values()], rows, shown)


def registers(*, lines, columns, stride, dilation, patch, parts=4, group_oc=1):
    """What of a layer's registers matters here, as their meanings say it."""
    return {
        "shared_words": 1, "parts": parts - 1, "group_oc": group_oc,
        # From word to word of a patch, along x and along y; from patch to patch.
        "dilation_x": stride[0], "slot_y": stride[1],
        "stride_x": patch[0] * stride[0], "stride_y": patch[1] * stride[1],
        "kx_count": lines - 2, "columns": columns - 2,
        # From a phase's last line, or word, to the next phase's first.
        "back_x": (dilation[0] - stride[0] * (lines - 1)) % (1 << CONFIG.size_bits),
        "dilation_y": (dilation[1] - stride[1] * (columns - 1)) % (1 << CONFIG.size_bits),
    }


def test_a_kernel_of_stride_one():
    """Patches of 2x2, a 3x3 kernel: 4x4 words, of which row 0 takes the first 3x3."""
    values = registers(lines=4, columns=4, stride=(1, 1), dilation=(1, 1), patch=(2, 2))
    places = list(product(range(4), range(4)))
    rows = [(int(x < 3 and y < 3), 3, 5, 0, 0, 0, x, 0, y) for x, y in places]
    # The fourth patch along x, the sixth along y; outside the kernel nothing is added.
    assert loops(values, rows) == [
        (int(x < 3 and y < 3), 0, 6, 10, x, y) for x, y in places
    ]


@pytest.mark.parametrize("along", ["x", "y"])
def test_stride_two(along):
    """Taps 0 and 2 are a phase, tap 1 is the other: 3 words of it for two outputs."""
    words = [(phase, word) for phase in (0, 1) for word in range(3)]
    # Of each phase the first two words have taps; of the second phase one would be tap 3.
    weights = [int(word < 2) for _, word in words]
    if along == "y":
        values = registers(lines=1, columns=3, stride=(1, 2), dilation=(1, 1), patch=(1, 2))
        rows = [(on, 0, 0, 0, 0, 0, 0, *at) for on, at in zip(weights, words, strict=True)]
    else:
        values = registers(lines=3, columns=1, stride=(2, 1), dilation=(1, 1), patch=(2, 1))
        rows = [(on, 0, 0, 0, 0, *at, 0, 0) for on, at in zip(weights, words, strict=True)]
    found = loops(values, rows)
    taps = [(kx, ky) if along == "x" else (ky, kx) for mac, *_, kx, ky in found if mac]
    assert taps == [(0, 0), (2, 0), (1, 0), (3, 0)]
    assert [mac for mac, *_ in found] == weights


def test_dilation():
    """Every other word of a line has a tap, and along x every third line."""
    values = registers(lines=7, columns=4, stride=(1, 1), dilation=(3, 2), patch=(1, 2))
    places = list(product(range(7), range(4)))
    rows = [(1, 0, 0, 0, 0, 0, x, 0, y) for x, y in places]
    found = {place: (mac, kx, ky) for place, (mac, *_, kx, ky) in
             zip(places, loops(values, rows), strict=True)}
    assert {place: of[1:] for place, of in found.items() if of[0]} == {
        (0, 0): (0, 0), (0, 2): (0, 1), (3, 0): (1, 0), (3, 2): (1, 1),
        (6, 0): (2, 0), (6, 2): (2, 1),
    }


@pytest.mark.parametrize(("parts", "group_oc"), [(4, 1), (4, 3), (1, 2)])
def test_channels(parts, group_oc):
    """Word by word, for each output channel of a group, part by part."""
    values = registers(lines=1, columns=1, stride=(1, 1), dilation=(1, 1), patch=(1, 4),
                       parts=parts, group_oc=group_oc)
    order = list(product(range(3), range(group_oc), range(parts)))
    rows = [(1, 0, 0, block, m * parts + part, 0, 0, 0, 0) for block, m, part in order]
    assert [oc for _, oc, *_ in loops(values, rows)] == [
        (block * 8 + part * 2) * group_oc + m for block, m, part in order
    ]


def test_patches():
    """The walker counts patches; their first outputs are shown, whatever the stride."""
    values = registers(lines=2, columns=2, stride=(3, 2), dilation=(1, 1), patch=(2, 2))
    found = loops(values, [(0, x, y, 0, 0, 0, 0, 0, 0) for x in (0, 1, 4) for y in (0, 5)])
    assert [(ox, oy) for _, _, ox, oy, _, _ in found] == [
        (2 * x, 2 * y) for x in (0, 1, 4) for y in (0, 5)
    ]
