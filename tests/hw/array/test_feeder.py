"""The feeder: which lanes each row hands out, in which cycle, and zeros in all others."""

from random import Random

import pytest
from amaranth.hdl import *
from benches import pack, play

from convolith.hw.array.feeder import Feeder, row_layout
from convolith.model.options.config import ArrayConfig

BITS = 8


def feed(config, cycles):
    """Per cycle all rows' operands, valid, final; for cycles of (lanes, valid, final, capture)."""
    bus, capture = Signal(row_layout(config)), Signal()
    feeder = Feeder(config, bus, capture)
    inputs = (bus.word, bus.valid, bus.final, capture)
    rows = [(pack(lanes, BITS), *bits) for lanes, *bits in cycles]
    return play(feeder, inputs, rows, (*feeder.operands, *feeder.valid, *feeder.final))


def test_by_hand():
    # The diagram in the docstring: R = 3, V = D = 1; row 2's pixel is the last, row 1 has none.
    config = ArrayConfig(rows=3, lanes=1)
    idle = ((99,), 1, 1, 0)
    cycles = [((99,), 1, 1, 1), ((7,), 1, 0, 0), ((8,), 0, 0, 0), ((9,), 1, 1, 0), idle, idle]
    assert feed(config, cycles) == [
        (0, 0, 0, 0, 0, 0, 0, 0, 0),
        (0, 0, 0, 0, 0, 0, 0, 0, 0),
        (7, 0, 0, 1, 0, 0, 0, 0, 0),
        (0, 8, 0, 1, 0, 0, 0, 0, 0),
        (0, 0, 9, 1, 0, 1, 0, 0, 1),
        (0, 0, 0, 1, 0, 1, 0, 0, 1),
    ]


def test_lanes_by_hand():
    # One row, V = 4, D = 2: two lanes per cycle, the lower ones first; -1 keeps its bits.
    config = ArrayConfig(rows=1, dot=2, lanes=4)
    idle = ((9, 9, 9, 9), 0, 0, 0)
    cycles = [((9, 9, 9, 9), 0, 0, 1), ((1, 2, 3, -1), 1, 0, 0), idle, idle, idle]
    assert [row[0] for row in feed(config, cycles)] == [0, 0, 0x0201, 0xFF03, 0]


@pytest.mark.parametrize("wait", [0, 3])
@pytest.mark.parametrize(
    ("rows", "dot", "lanes"), [(1, 1, 1), (1, 2, 6), (4, 1, 4), (3, 2, 2), (2, 1, 5), (16, 1, 2)]
)
def test_random_words(rows, dot, lanes, wait):
    # `wait`: idle cycles, at most, between a step and the next.
    config = ArrayConfig(rows=rows, dot=dot, lanes=lanes)
    random = Random(rows)
    steps = 6
    starts = [random.randint(1, 3)]  # the cycles in which row 0's words are on the bus
    while len(starts) < steps:
        starts.append(starts[-1] + config.slots + random.randint(0, wait))
    cycles = []
    for t in range(starts[-1] + rows + config.slots + 3):
        word = [random.randint(-128, 127) for _ in range(lanes)]
        cycles.append((word, *random.choices((0, 1), k=2), t + 1 in starts))
    operands, valids, finals = ([[0] * rows for _ in cycles] for _ in range(3))
    for start in starts:
        for r in range(rows):
            word, valid, final, _ = cycles[start + r]
            for beat in range(lanes // dot):
                part = word[beat * dot : (beat + 1) * dot]
                operands[start + r + 1 + beat][r] = pack(part, BITS)
            for t in range(start + r + 1, len(cycles)):
                valids[t][r], finals[t][r] = valid, final
    expected = [(*o, *v, *f) for o, v, f in zip(operands, valids, finals, strict=True)]
    assert feed(config, cycles) == expected
