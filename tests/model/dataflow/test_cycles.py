"""The cycle model by hand, by an event simulation of docs/cycles.md, and in RTL."""

from itertools import count, product

import pytest
from core_bench import CoreBench, Work
from drawing import configs, layers
from hypothesis import given

from convolith.model.dataflow import cycles
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

# docs/cycles.md has these; the cycle in which the layer is accepted is number 0.
START_LATENCY, OPERANDS, FIFO_LATENCY = 2, 9, 3


def simulate(config, layer):
    """Per tile the cycles in which its rows' sums are complete, and those in which rows leave.

    Slot by slot: in a row's slot of a step its word is asked for, and it uses it, D channels a
    cycle, from OPERANDS cycles later on. No row is asked to do two things in a cycle, nor the bus
    that they leave on.
    """
    shares = config.depthwise and max(config.lanes // config.dot, config.rows) > 1
    channels = layer.IC // layer.groups
    beats = -(-(min(config.lanes, channels) if shares else config.lanes) // config.dot)
    slots = max(beats, config.rows, 1 + shares)
    levels = next(n for n in count() if 2**n >= config.dot)
    drain = 1 + next(n for n in count() if 8 * 4**n >= config.rows)
    adder = int(config.bias_words > 0 or config.sum_words > 0)
    pixels = layer.N * outputs(layer, 0) * outputs(layer, 1)
    blocks = -(-(layer.IC // layer.groups) // config.lanes)
    steps = list(product(range(blocks), range(layer.KX), range(layer.KY)))
    sums, leave, used, bus = [], [], set(), set()
    now = START_LATENCY + 1  # the first slot
    for _ in range(layer.groups * -(-(layer.OC // layer.groups) // config.cols)):
        for first in range(0, pixels, config.rows):
            complete = [0] * config.rows
            for _ in steps:
                for slot in range(slots):
                    if slot < config.rows:
                        operands = {(slot, now + OPERANDS + beat) for beat in range(beats)}
                        assert not operands & used
                        used |= operands
                        complete[slot] = now + OPERANDS + beats - 1 + 4 + levels
                    now += 1
            sums.append(complete)
            assert not bus & set(complete)
            bus |= set(complete)
            leave += [
                cycle + drain + adder + FIFO_LATENCY
                for row, cycle in enumerate(complete) if first + row < pixels
            ]
    return sums, leave


def outputs(layer, axis):
    """As PyTorch counts them."""
    extent, kernel = ((layer.IX, layer.IY)[axis], (layer.KX, layer.KY)[axis])
    after = (layer.padding_after or layer.padding)[axis]
    reach = layer.dilation[axis] * (kernel - 1) + 1
    return (extent + layer.padding[axis] + after - reach) // layer.stride[axis] + 1


def rtl(config, layer):
    """Cycles in which rows leave Amaranth's simulator."""
    (work,) = CoreBench([Work.random(config, layer)]).run()
    assert (work.got == work.expected).all()
    return [cycle - work.accepted for cycle, _ in work.taken]


# Array, layer, and when its rows leave.
BY_HAND = {
    # The diagram of docs/cycles.md. Slots 3 to 6, operands from 12 on; the first tile's last ones
    # are there in cycles 13 and 14, in the sums in 17 and 18, on the bus a cycle later.
    "2x2x1": (
        {"rows": 2, "cols": 2, "bias_words": 0, "sum_words": 0}, ((1, 2, 4), (2, 2, 1)),
        [21, 22, 23, 24],
    ),
    # One slot per tap, three of them: operands in 12 to 14, the sum in 18, on the bus in 19, with
    # its bias in 20, out in 23; and so every three cycles.
    "1x1x1": (
        {"rows": 1, "cols": 1}, ((1, 1, 6), (1, 1, 3)), [23, 26, 29, 32],
    ),
    # Words of eight channels, two a cycle: S = 4. Row 0 has operands in 12 to 15, its sum is there
    # 4 + 1 cycles after these, in 20, and leaves 1 + 1 + 3 later; row 1 a cycle after it. The third
    # pixel is row 0's again, four slots later.
    "2x1x2": ({"rows": 2, "cols": 1, "dot": 2, "lanes": 8}, ((1, 8, 3), (1, 8, 1)), [25, 26, 29]),
    # Four rows, and words of two channels: S = 4, two cycles of which a row does nothing. Operands
    # in 12 and 13, the sum in 17, one level to the bus, 1, 3. Pixels 4 and 5 are rows 0 and 1.
    "4x1x1": (
        {"rows": 4, "cols": 1, "lanes": 2}, ((1, 2, 6), (1, 2, 1)), [22, 23, 24, 25, 26, 27],
    ),
    # One channel of a word of six: a beat, in a step of two slots. The operands are there in 12,
    # the sum in 16, and leaves 1 + 1 + 3 later, every two cycles.
    "1x1x1, a channel": (
        {"rows": 1, "cols": 1, "lanes": 6}, ((1, 1, 3), (1, 1, 1)), [21, 23, 25],
    ),
    # The same without shared words: all six beats.
    "1x1x1, plain": (
        {"rows": 1, "cols": 1, "lanes": 6, "depthwise": False}, ((1, 1, 3), (1, 1, 1)),
        [26, 32, 38],
    ),
    # Two groups of three channels on two columns: four passes of a tile, of S = 2 and two taps.
    "2x2x1, groups": (
        {"rows": 2, "cols": 2}, ((1, 4, 3), (6, 2, 2), {"groups": 2}),
        [24, 25, 28, 29, 32, 33, 36, 37],
    ),
}


@pytest.mark.parametrize(("array", "shapes", "leave"), BY_HAND.values(), ids=BY_HAND)
def test_by_hand(array, shapes, leave):
    config = ArrayConfig(**array)
    x, w, *more = shapes
    layer = ConvLayer.from_shapes(x, w, **(more[0] if more else {}))
    assert simulate(config, layer)[1] == leave
    assert cycles.cycles(DenseTiling(config, layer)) == leave[-1]
    assert rtl(config, layer) == leave


@given(config=configs(), layer=layers())
def test_the_events(config, layer):
    tiling = DenseTiling(config, layer)
    sums, leave = simulate(config, layer)
    assert cycles.cycles(tiling) == leave[-1]
    # Sums that are kept go to their memory instead of the FIFO.
    assert cycles.cycles(tiling, kept=True) == leave[-1] - FIFO_LATENCY
    assert [
        [cycles.sum_cycle(tiling, tile, row) for row in range(config.rows)]
        for tile in range(len(sums))
    ] == sums


SMALL = [
    ({"rows": 3, "cols": 2},
     ConvLayer(N=2, IC=5, OC=3, IX=3, IY=4, KX=2, KY=2, padding=(1, 0))),
    ({"rows": 9, "cols": 1, "dot": 3},
     ConvLayer(IC=4, OC=2, IY=13, KY=2, stride=(1, 2), dims=1)),
    ({"rows": 5, "cols": 3, "lanes": 2},
     ConvLayer(IC=6, OC=4, IX=4, IY=3, KX=1, KY=3, groups=2)),
    ({"rows": 1, "cols": 4, "dot": 4, "lanes": 12, "bias_words": 0, "sum_words": 0},
     ConvLayer(IC=7, OC=5, IX=2, IY=3, KX=2, KY=1)),
]


@pytest.mark.parametrize(("array", "layer"), SMALL)
def test_the_events_are_the_rtls(array, layer):
    config = ArrayConfig(**array)
    assert rtl(config, layer) == simulate(config, layer)[1]


@pytest.mark.parametrize(
    ("rows", "levels"), [(1, 1), (3, 1), (8, 1), (9, 2), (16, 2), (32, 2), (33, 3), (129, 4)]
)
def test_drain_levels(rows, levels):
    # Eight rows in the first level, four words in each after it.
    assert cycles.drain_levels(rows) == levels


def test_fill_and_utilization_by_hand():
    # 10 outputs of 3 taps; 2 to the first slot, 9 to the array, 4 to the sum, 1 drain level, 1 to
    # add the bias, 3 FIFO.
    tiling = DenseTiling(ArrayConfig(rows=1, cols=1), ConvLayer.from_shapes((1, 1, 12), (1, 1, 3)))
    assert cycles.fill(tiling) == 2 + 9 + 4 + 1 + 1 + 3
    assert cycles.cycles(tiling) == 10 * 3 + 20
    without = DenseTiling(ArrayConfig(rows=1, cols=1, bias_words=0, sum_words=0), tiling.layer)
    assert cycles.fill(without) == 19
    assert cycles.utilization(tiling, 45) == 30 / 45


def test_loading_takes_the_longer_memory():
    # 12 words of a channel and 3 of weights; 3 and 27.
    config = ArrayConfig(rows=1, cols=1)
    for x, w, expected in (((1, 1, 12), (1, 1, 3), 12), ((1, 1, 3), (9, 1, 3), 27)):
        assert cycles.load_cycles(DenseTiling(config, ConvLayer.from_shapes(x, w))) == expected
