"""A memory of block RAM cells, in Icarus: words of each width that the cells have."""

import re
from collections import Counter
from random import Random

import pytest
from amaranth.hdl import *
from icarus_play import ECP5, needs_icarus, play_cells, verilog_of

from convolith.hw.cells.copies import copies
from convolith.hw.cells.ecp5.block_memory import MOST_WORDS, BlockMemory
from convolith.hw.cells.word_memory import MemoryPort

LATENCY = 3
WORD = 20


def block(depth):
    bits = (depth - 1).bit_length()
    inputs = [Signal(width, name=name) for name, width in
              (("enable", 1), ("to", bits), ("data", WORD), ("wanted", bits))]
    enable, to, data, wanted = inputs
    read = Signal(WORD, name="read")
    m = Module()
    m.submodules.memory = BlockMemory(
        depth, write=MemoryPort(enable, to, data), read=MemoryPort(C(1), wanted, read),
        copies=copies,
    )
    return m, inputs, read


@needs_icarus
def test_by_hand(tmp_path):
    m, inputs, read = block(16)
    rows = [
        (1, 3, 0xABCDE, 0), (1, 4, 0x12345, 3),  # read in the cycle after it is written
        (0, 4, 0xFFFFF, 4), (0, 0, 0, 4), (0, 0, 0, 3), (0, 0, 0, 0), (0, 0, 0, 0),
    ]
    seen = play_cells(tmp_path, m, ECP5, inputs, rows, [read])
    assert [word for (word,) in seen[1 + LATENCY :]] == [0xABCDE, 0x12345, 0x12345]


# Words of 18 bits up to 2**10 of them, of 9 up to 2**11, and so on.
@needs_icarus
@pytest.mark.parametrize("depth", [1000, 1025, 2049, 4097, MOST_WORDS])
def test_random_traffic(tmp_path, depth):
    random = Random(depth)
    places = [0, 1, depth - 1, *random.sample(range(depth), 4)]
    rows = [
        (random.randrange(2), random.choice(places), random.getrandbits(WORD),
         random.choice(places))
        for _ in range(300)
    ]
    words, expected = dict.fromkeys(places, 0), []
    for enable, to, data, wanted in rows:
        expected.append((words[wanted],))  # before this cycle's write
        if enable:
            words[to] = data
    m, inputs, read = block(depth)
    assert play_cells(tmp_path, m, ECP5, inputs, rows, [read])[LATENCY:] == expected[:-LATENCY]


@pytest.mark.parametrize(
    ("depth", "cells"), [(1024, 2), (1025, 3), (2049, 5), (4097, 10), (MOST_WORDS, 20)]
)
def test_cells(depth, cells):
    m, inputs, read = block(depth)
    text = verilog_of(m, ECP5, [*inputs, read])
    assert text.count("DP16KD #(") == cells
    # A register for each bit of the two addresses and for the enable, per eight cells.
    assert text.count("TRELLIS_FF #(") == (2 * (depth - 1).bit_length() + 1) * -(-cells // 8)
    # And each goes to no more than these.
    fan_out = Counter(re.findall(r"\.WEA\(([^)]+)\)", text))
    assert len(fan_out) == -(-cells // 8)
    assert max(fan_out.values()) <= 8
