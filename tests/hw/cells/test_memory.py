"""`WordMemory`: what is written can be read, three cycles after its address."""

import random

from amaranth.hdl import *
from amaranth.lib import stream
from benches import play

from convolith.hw.cells.word_memory import WordMemory
from convolith.hw.memory import write_layout
from convolith.hw.ports import ReadPort
from convolith.model.dataflow.cycles import MEMORY_LATENCY
from convolith.model.options.config import ArrayConfig

CONFIG = ArrayConfig(addr_bits=4, act_words=16, weight_words=16, bias_words=16)
WIDTH = 24


def simulate(rows):
    """Per cycle (write?, address, word, read?, address) in, ``data`` out."""
    write = stream.Signature(write_layout(CONFIG, WIDTH)).create()
    read = ReadPort(CONFIG.addr_bits, WIDTH).create()
    memory = WordMemory(
        16, write_enable=write.valid, write_address=write.payload.address,
        write_data=write.payload.word, read_enable=read.en, read_address=read.address,
        read_data=read.data,
    )
    inputs = [write.valid, write.payload.address, write.payload.word, read.en, read.address]
    seen = play(memory, inputs, rows, [read.data])
    return [data for (data,) in seen]


def test_by_hand():
    rows = [
        (1, 3, 0xABCDEF, 0, 0),
        (1, 4, 0x123456, 1, 3),
        (0, 0, 0, 1, 4),
        (0, 0, 0, 0, 3),
        (0, 0, 0, 0, 0),
        (0, 0, 0, 0, 0),
    ]
    assert simulate(rows)[4:] == [0xABCDEF, 0x123456]


def test_random_traffic():
    rng = random.Random(1)
    rows = [
        (rng.randrange(2), rng.randrange(16), rng.randrange(1 << WIDTH), 1, rng.randrange(16))
        for _ in range(400)
    ]
    words, expected = [0] * 16, []
    for valid, address, word, _, wanted in rows:
        expected.append(words[wanted])  # before this cycle's write
        if valid:
            words[address] = word
    assert simulate(rows)[MEMORY_LATENCY:] == expected[:-MEMORY_LATENCY]
