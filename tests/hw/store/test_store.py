"""Results into banks of the activation memory, by hand and against loops."""

from itertools import product
from random import Random

import pytest
from amaranth.hdl import *
from benches import play

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.layouts.registers import register_layout
from convolith.hw.ports import WritePort
from convolith.hw.store.store import ResultStore
from convolith.model.options.config import ArrayConfig

PLAIN = ArrayConfig(rows=2, cols=4, lanes=4, post_lanes=2, store_results=True, depthwise=False)
PATCHES = ArrayConfig(rows=4, cols=2, lanes=4, post_lanes=1, store_results=True)
GROUPS = ArrayConfig(rows=4, cols=2, dot=2, lanes=8, post_lanes=2, store_results=True)
ONE_BANK = ArrayConfig(rows=3, cols=2, lanes=2, post_lanes=2, store_results=True, depthwise=False)
LOADED = 7  # cycles from a layer's start to its first word, with room to spare
LATENCY = 2


def writes(config, rows):
    """Per cycle (bits of en, address, data), for (start, registers, written, word, reset)."""
    layer = Signal(register_layout(config))
    start, written, reset = Signal(), Signal(), Signal()
    word = Signal(config.post_lanes * config.act_bits)
    port = WritePort(config.addr_bits, config.act_banks, len(word)).create()
    dut = ResultStore(config, layer, start=start, written=written, word=word, port=port,
                      flows=dataflows(config, layer))
    table = [
        (start, register_layout(config).const(values).as_value().value, written, word, reset)
        for start, values, written, word, reset in rows
    ]
    inputs = (start, layer.as_value(), written, word, reset)
    return play(ResetInserter(reset)(dut), inputs, table, (port.en, port.address, port.data))


def layer_rows(values, words, gaps=None):
    """Cycles of a layer whose words come one after the other, each after a gap."""
    rows = [(1, values, 0, 0, 0), *[(0, values, 0, 0, 0)] * LOADED]
    for word, gap in zip(words, gaps or [0] * len(words), strict=True):
        rows += [(0, values, 0, 0, 0)] * gap + [(0, values, 1, word, 0)]
    return rows + [(0, values, 0, 0, 0)] * 4


# Three pixels, five channels from address 10 on: three words of two channels, of four that two
# words of four hold. A pass has four channels.
FIVE = {"store": 1, "store_base": 20, "store_words": 3, "store_pass": 2, "store_j": 4,
        "last_j": 3 - 2, "chunks": 1}


def test_by_hand():
    words = range(101, 113)
    rows = layer_rows(FIVE, words)
    seen = writes(PLAIN, rows)
    first = 1 + LOADED + LATENCY
    assert seen[first : first + 12] == [
        # Both banks at address 10, then 12 and 14: channels 0 to 3 of pixels 0, 1 and 2.
        (0b01, 10, 101), (0b10, 10, 102), (0b01, 12, 103), (0b10, 12, 104),
        (0b01, 14, 105), (0b10, 14, 106),
        # The second pass has one channel; what comes with it in the second word is left out.
        (0b01, 11, 107), (0, 11, 108), (0b01, 13, 109), (0, 13, 110), (0b01, 15, 111), (0, 15, 112),
    ]
    assert not any(en for en, *_ in seen[:first] + seen[first + 12 :])


def test_layers_that_do_not_store():
    rows = layer_rows(FIVE | {"store": 0}, range(12)) + layer_rows(FIVE, range(12))
    enables = [en for en, *_ in writes(PLAIN, rows)]
    half = len(rows) // 2
    assert not any(enables[:half])
    assert sum(en > 0 for en in enables[half:]) == 9


def test_a_reset():
    """The word on its way is lost; the next layer begins where it should."""
    rows = layer_rows(FIVE, range(12))
    reset = [*rows[: LOADED + 4], (0, FIVE, 0, 0, 1), *[(0, FIVE, 0, 0, 0)] * 3]
    seen = writes(PLAIN, reset + rows)
    # The first word has been written, the second one is there as the reset comes.
    assert [en for en, *_ in seen[LOADED + 3 : len(reset)]] == [0b01, 0b10, 0, 0, 0]
    written, alone = (
        [(at, one) for at, one in enumerate(cycles) if one[0]]
        for cycles in (seen[len(reset) :], writes(PLAIN, rows))
    )
    assert written == alone


def test_patches_by_hand():
    """An image of 3x2 outputs in patches of 2x2, one channel: the last patch is one line."""
    values = {"shared_words": 1, "store": 1, "store_base": 8, "store_words": 1, "chunks": 0,
              "n_count": -1, "oy_count": -1, "ox_count": 0, "store_j": 4, "store_i": 8,
              "store_oy": 8, "store_ox": 16, "patch_j": 0, "last_j": 0, "patch_i": 0, "last_i": -1}
    config = ArrayConfig(rows=4, cols=1, lanes=4, post_lanes=1, store_results=True)
    seen = writes(config, layer_rows(values, range(1, 7)))
    # Units 8, 12, 16, ... of the first of four banks.
    written = [(en, address, data) for en, address, data in seen if en]
    assert written == [(1, 2, 1), (1, 3, 2), (1, 4, 3), (1, 5, 4), (1, 6, 5), (1, 7, 6)]


def test_a_layer_that_starts_as_the_walk_leaves_the_last_patch():
    """Three outputs, then one: the walk goes on three cycles after that one's word."""
    values = {"shared_words": 1, "store": 1, "store_words": 1, "n_count": -1, "ox_count": -1,
              "oy_count": 0, "store_j": 4, "store_oy": 12, "patch_j": 1, "last_j": -1,
              "patch_i": -1, "last_i": -1}
    config = ArrayConfig(rows=4, cols=1, lanes=4, post_lanes=1, store_results=True)
    rows = [
        row for base in (8, 80)
        for row in layer_rows(values | {"store_base": base}, range(1, 5))[:-2]
    ]
    seen = writes(config, [*rows, *[(0, values, 0, 0, 0)] * 4])
    assert [address for en, address, _ in seen if en] == [2, 3, 4, 5, 20, 21, 22, 23]


@pytest.mark.parametrize("config", [PLAIN, PATCHES, GROUPS, ONE_BANK])
@pytest.mark.parametrize("gaps", [(0,), (0, 0, 3)])
def test_random(config, gaps):
    random = Random(config.lanes)
    bits = config.addr_bits + (config.act_banks - 1).bit_length()
    rows, expected = [], []
    for _ in range(25):
        shares = int(config.shares_words and random.random() < 0.7)
        values = {"store": 1, "chunks": random.randrange(config.chunks)}
        values |= {name: random.randrange(12) for name in ("store_words", "store_pass")}
        values |= {name: random.randrange(1 << bits) for name in ("store_base", "store_j")}
        values["last_j"] = random.randint(-1, 2)
        if config.shares_words:
            values["shared_words"] = shares
            values |= {f"{name}_count": random.randint(-1, 1) for name in ("n", "ox", "oy")}
            values |= {name: random.randint(-1, 1) for name in ("patch_j", "patch_i")}
            # Lines of a patch; those of other layers have none.
            values["last_i"] = random.randint(-1, 1) if shares else -1
            values |= {f"store_{name}": random.randrange(1 << bits)
                       for name in ("i", "oy", "ox", "n")}
        words, waits, time, moved = [], [], 0, -9
        for begins, row_ends, place in places(config, values, random.randint(1, 3)):
            words.append(random.getrandbits(config.post_lanes * config.act_bits))
            wait = random.choice(gaps)
            if begins:  # two cycles between the tile's first row and the one before
                wait = max(wait, moved + 2 - time)
            waits.append(wait)
            time += 1 + wait
            if row_ends:
                moved = time
            if place is not None:
                address, bank = divmod(place % (1 << bits), config.act_banks)
                expected.append((1 << bank, address, words[-1]))
        rows += layer_rows(values, words, waits)
    assert len(expected) > 50
    assert [(en, *more) for en, *more in writes(config, rows) if en] == expected


def places(config, values, passes):
    """Per word: it is its tile's first, the last of that's first row, and where it is stored."""
    shares = values.get("shared_words")
    counts = [values[f"{name}_count"] + 2 if shares else 1 for name in ("n", "ox", "oy")]
    groups = config.lane_groups if shares else 1
    for turn, n, x, y in product(range(passes), *map(range, counts)):
        lines = (values["last_i" if x == counts[1] - 1 else "patch_i"] + 2) if shares else 1
        line = values["last_j" if not shares or y == counts[2] - 1 else "patch_j"] + 2
        for group, i, j, chunk in product(
            range(groups), range(lines), range(line), range(values["chunks"] + 1)
        ):
            word = turn * values["store_pass"] + group * (config.cols // config.post_lanes) + chunk
            place = values["store_base"] + j * values["store_j"] + word
            if shares:
                place += (n * values["store_n"] + x * values["store_ox"]
                          + y * values["store_oy"] + i * values["store_i"])
            row = (group, i, j) == (0, 0, 0)
            yield (
                row and chunk == 0, row and chunk == values["chunks"],
                place if word < values["store_words"] else None,
            )
