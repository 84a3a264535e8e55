"""Which lanes of a shared word a column takes, and when, by hand."""

from random import Random

import pytest
from amaranth.hdl import *
from benches import pack, play

from convolith.hw.dataflow.shared.lanes import ColumnOperands, group_buses, part_of
from convolith.hw.layouts.registers import register_layout
from convolith.model.options.config import ArrayConfig

LANES = [1, 2, 3, 4, 5, 6, 7, 8]


def lanes_of(word, bits, count):
    return [word >> i * bits & (1 << bits) - 1 for i in range(count)]


def parts(config):
    """The lanes of a word, 1 and so on, for each of its parts."""
    bits, count = config.act_bits, config.lanes // config.part_lanes
    word, part, moved = Signal(config.act_word_bits), Signal(range(max(2, count))), Signal(32)
    m = Module()
    m.domains.sync = ClockDomain()  # which `play` needs, and nobody else
    m.d.comb += moved.eq(part_of(m, config, word, part))
    rows = [(pack(LANES[: config.lanes], bits), n) for n in range(count)]
    return [lanes_of(word, bits, config.lanes) for (word,) in play(m, (word, part), rows, (moved,))]


def test_parts_by_hand():
    """8 lanes for 2 columns of one group: parts of two lanes; what comes behind these stays."""
    config = ArrayConfig(rows=2, cols=2, lanes=8, act_bits=4)
    behind = LANES[2:]
    assert parts(config) == [[1, 2, *behind], [3, 4, *behind], [5, 6, *behind], [7, 8, *behind]]
    groups = ArrayConfig(rows=4, cols=2, dot=2, act_bits=4)  # two groups, with all of 8 lanes
    assert groups.lane_groups == 2
    assert parts(groups) == [[1, 2, 3, 4, *LANES[4:]], [5, 6, 7, 8, *LANES[4:]]]


def test_a_word_that_is_one_part():
    assert parts(ArrayConfig(rows=2, cols=4, act_bits=4)) == [[1, 2]]


# A lane group's rows are as many cycles later as a patch has outputs, and as its lines' delays.
@pytest.mark.parametrize(
    ("array", "patch", "line_delay", "delay"),
    [
        ({"rows": 4, "cols": 2, "dot": 2}, (1, 2), 0, 2),
        ({"rows": 6, "cols": 2, "dot": 3}, (1, 2), 0, 2),
        ({"rows": 8, "cols": 2, "pack_edges": True}, (2, 2), 0, 4),
        ({"rows": 8, "cols": 2, "pack_edges": True}, (2, 2), 5, 9),
        ({"rows": 18, "cols": 1, "pack_edges": True}, (3, 3), 3, 15),
    ],
)
def test_buses_of_groups(array, patch, line_delay, delay):
    config = ArrayConfig(**array, act_bits=4)
    assert config.patch == patch
    layer, bus = Signal(register_layout(config)), Signal(config.act_word_bits)
    m = Module()
    m.d.comb += layer.line_delay.eq(line_delay)
    buses = group_buses(m, config, layer, bus)
    assert len(buses) == config.lane_groups
    outputs = [Signal(len(bus), name=f"bus_{g}") for g in range(len(buses))]
    m.d.comb += [output.eq(value) for output, value in zip(outputs, buses, strict=True)]
    random = Random(line_delay)
    words = [random.getrandbits(len(bus)) for _ in range(100)]
    seen = list(zip(*play(m, (bus,), [(word,) for word in words], outputs), strict=True))
    for g, found in enumerate(seen):
        # Of a word only the lanes that the group, or one behind it, takes.
        mine = -1 << g * config.cols * config.act_bits
        late = g * delay
        start = late + 2 * (g > 0)  # a delay knows its length after a cycle
        assert [word & mine for word in found[start:]] == [
            word & mine for word in words[start - late : len(words) - late]
        ]


def operands_of(config, row, cycles):
    """Per cycle the D operands of each column, for (handed, word, share).

    If words are shared, the first lane that is handed out is the word's.
    """
    handed, word, share = (
        Signal(config.dot * config.act_bits), Signal(config.act_word_bits), Signal()
    )
    m = Module()
    columns = ColumnOperands(config, row)
    columns.take(m, handed, word, share)
    found = [Signal(len(handed), name=f"column_{c}") for c in range(config.cols)]
    m.d.comb += [signal.eq(value)
                 for signal, value in zip(found, columns.operands, strict=True)]
    bits = config.act_bits
    rows = [(pack(a, bits), pack(b, bits), share) for a, b, share in cycles]
    seen = play(m, (handed, word, share), [*rows, (0, 0, 0)], found)
    return columns, [[lanes_of(word, bits, config.dot) for word in cycle] for cycle in seen[1:]]


# 4 rows in 2 groups, 2 columns, 2 multipliers. Rows 0 and 1 take lanes 0 and 1 at multiplier 0,
# rows 2 and 3 lanes 2 and 3 at multiplier 1.
@pytest.mark.parametrize(
    ("row", "group", "shared"),
    [(0, 0, [[1, 0], [2, 0]]), (1, 0, [[1, 0], [2, 0]]),
     (2, 1, [[0, 3], [0, 4]]), (3, 1, [[0, 3], [0, 4]])],
)
def test_operands_by_hand(row, group, shared):
    config = ArrayConfig(rows=4, cols=2, dot=2, act_bits=4)
    assert (config.lanes, config.lane_groups) == (8, 2)
    columns, found = operands_of(config, row, [([9, 10], LANES, 0), ([1, 10], LANES, 1)])
    assert (columns.group, columns.multiplier) == (group, group)
    # A layer that shares nothing has the same operands in all columns.
    assert found == [[[9, 10], [9, 10]], shared]


def test_groups_past_the_multipliers():
    """With weights from the second bank: group 1 of one multiplier takes lanes 2 and 3 at it."""
    config = ArrayConfig(rows=4, cols=2, lanes=4, act_bits=4, pack_edges=True)
    assert config.lane_groups == 2
    for row, lanes in ((1, [[1], [2]]), (2, [[3], [4]])):
        columns, found = operands_of(config, row, [([9], LANES[:4], 0), ([1], LANES[:4], 1)])
        assert columns.multiplier == 0
        assert found == [[[9], [9]], lanes]


def test_columns_without_a_lane():
    """A word is narrower than the columns: the others take zeros."""
    config = ArrayConfig(rows=2, cols=4, act_bits=4)
    _, found = operands_of(config, 1, [([1], [1, 2], 1)])
    assert found == [[[1], [2], [0], [0]]]
