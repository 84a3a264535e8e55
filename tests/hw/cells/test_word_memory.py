"""A word comes out three cycles after its address; one that was written can be read next."""

import random

from amaranth.hdl import *
from benches import play

from convolith.hw.cells.word_memory import MemoryPort, WordMemory
from convolith.model.dataflow.cycles import MEMORY_LATENCY

DEPTH, WIDTH = 16, 24


def played(rows):
    """The data that is read, per cycle; rows of write?, address, data, address to be read."""
    bits = (DEPTH - 1).bit_length()
    write = MemoryPort(Signal(), Signal(bits), Signal(WIDTH))
    read = MemoryPort(C(1), Signal(bits), Signal(WIDTH))
    dut = WordMemory(DEPTH, write=write, read=read)
    return [data for (data,) in play(dut, (*write, read.address), rows, (read.data,))]


def test_by_hand():
    # 11, 12, 0xABCDEF to 0, 1, 2; then what is not written.
    rows = [
        (1, 0, 11, 0),
        (1, 1, 12, 0),  # 0 is read in the cycle after it is written
        (1, 2, 0xABCDEF, 2),  # 2 is read in the very cycle: the word of before
        (0, 1, 99, 2),
        (0, 0, 0, 1),
        (0, 0, 0, 0),
        (0, 0, 0, 0),
        (0, 0, 0, 0),
    ]
    assert played(rows)[4:] == [11, 0, 0xABCDEF, 12]


def test_random_traffic():
    rng = random.Random(1)
    rows = [
        (rng.randrange(2), rng.randrange(16), rng.randrange(1 << WIDTH), rng.randrange(16))
        for _ in range(400)
    ]
    words, expected = [0] * 16, []
    for valid, address, word, wanted in rows:
        expected.append(words[wanted])  # before this cycle's write
        if valid:
            words[address] = word
    assert played(rows)[MEMORY_LATENCY:] == expected[:-MEMORY_LATENCY]
