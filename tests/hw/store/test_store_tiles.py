"""Where each tile's results begin, by hand and against loops."""

from itertools import product
from random import Random

import pytest
from amaranth.hdl import *
from amaranth.sim import Simulator

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.layouts.registers import register_layout
from convolith.hw.store.store_tiles import StoreTiles
from convolith.model.options.config import ArrayConfig

SHARED = ArrayConfig(rows=4, cols=2, post_lanes=1, store_results=True)
PLAIN = ArrayConfig(rows=4, cols=2, post_lanes=1, store_results=True, depthwise=False)
ADDRESS = 1 << (SHARED.addr_bits + 2)  # four banks


def tiles(config, layers, wait=lambda: 0):
    """Of each layer's tiles (cycle, address, word, line, lines); cycles count from its start.

    ``layers``: (registers, tiles) of each. ``wait``: cycles from when a tile is known to where it
    begins.
    """
    layer, start, begin = Signal(register_layout(config)), Signal(), Signal()
    dut = StoreTiles(config, layer, start=start, begin=begin, flows=dataflows(config, layer))
    found = []

    async def testbench(ctx):
        for values, count in layers:
            ctx.set(layer, values)
            ctx.set(start, 1)
            await ctx.tick()
            ctx.set(start, 0)
            cycle, seen = 1, []
            while len(seen) < count:
                assert cycle < 100 * (1 + count)
                for _ in range(wait() if ctx.get(dut.ready) else 0):
                    await ctx.tick()
                    cycle += 1
                    assert ctx.get(dut.ready)
                go = ctx.get(dut.ready)
                ctx.set(begin, go)
                told = [ctx.get(Value.cast(value)) for value in
                        (dut.address, dut.word, dut.line, dut.lines)]
                await ctx.tick()
                if go:
                    # The address and the word stay a cycle longer.
                    assert [ctx.get(dut.address), ctx.get(dut.word)] == told[:2]
                    seen.append((cycle, *told))
                ctx.set(begin, 0)
                cycle += 1
            found.append(seen)

    simulator = Simulator(dut)
    simulator.add_clock(1e-8)
    simulator.add_testbench(testbench)
    simulator.run()
    return found


def test_patches_by_hand():
    """2 passes, an image of 3x3 outputs in patches of 2x2: 2x2 of them, the last ones smaller."""
    pixel = 5  # words of a pixel
    values = {
        "shared_words": 1, "store_base": 100, "store_pass": 2,
        "n_count": 1 - 2, "ox_count": 2 - 2, "oy_count": 2 - 2,
        "store_oy": 2 * pixel, "store_ox": 2 * 3 * pixel, "store_n": 9 * pixel,
        "patch_j": 2 - 2, "last_j": 1 - 2, "patch_i": 2 - 2, "last_i": 1 - 2,
    }
    (seen,) = tiles(SHARED, [(values, 8)])
    places = [told[1:] for told in seen]
    first = [(100, 0, 0, 0), (110, 0, -1, 0), (130, 0, 0, -1), (140, 0, -1, -1)]
    assert places == first + [(address, 2, *more) for address, _, *more in first]
    # A tile in three cycles.
    assert [told[0] - seen[0][0] for told in seen] == list(range(0, 24, 3))


@pytest.mark.parametrize("config", [SHARED, PLAIN])
def test_layers_without_patches_by_hand(config):
    """A tile for each pass, with all pixels."""
    counts = {"n_count": 3, "ox_count": 4, "oy_count": 5}  # whatever these are
    values = {"store_base": 7, "store_pass": 3, "last_j": 40, **counts}
    (seen,) = tiles(config, [(values, 4)])
    assert [told[1:4] for told in seen] == [(7, 0, 40), (7, 3, 40), (7, 6, 40), (7, 9, 40)]
    if config is PLAIN:
        assert {told[4] for told in seen} == {-1}


def test_random():
    """Layers one after the other, tiles that begin late; addresses count modulo their width."""
    random = Random(3)
    layers, expected = [], []
    for _ in range(20):
        passes, *counts = (random.randint(1, 3) for _ in range(4))
        values = {"shared_words": 1, "store_pass": random.randrange(100)}
        values |= {name: random.randrange(-2, 3) for name in
                   ("patch_j", "last_j", "patch_i", "last_i")}
        values |= {f"store_{name}": random.randrange(ADDRESS) for name in ("base", "n", "ox", "oy")}
        values |= {f"{name}_count": count - 2 for name, count in
                   zip(("n", "ox", "oy"), counts, strict=True)}
        layers.append((values, passes * counts[0] * counts[1] * counts[2]))
        expected.append([
            (
                (values["store_base"] + n * values["store_n"] + x * values["store_ox"]
                 + y * values["store_oy"]) % ADDRESS,
                number * values["store_pass"],
                values["last_j" if y == counts[2] - 1 else "patch_j"],
                values["last_i" if x == counts[1] - 1 else "patch_i"],
            )
            for number, n, x, y in product(range(passes), *map(range, counts))
        ])
    found = tiles(SHARED, layers, wait=lambda: random.choice([0, 0, 1, 4]))
    assert [[told[1:] for told in seen] for seen in found] == expected
