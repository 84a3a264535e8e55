"""Rows of sums into a few lanes: which sums when, their parameters, and what ends with them."""

from random import Random

import pytest
from amaranth.hdl import *
from amaranth.sim import Simulator
from tflite_reference import multiply_by_quantized_multiplier

from convolith.hw.layouts.registers import register_layout
from convolith.hw.ports import ReadPort
from convolith.hw.requantize.processor import PostProcessor, parameters_layout
from convolith.model.options.config import ArrayConfig

LATENCY = 14  # of TFLite's lanes
MEMORY_LATENCY = 3
HALF = 1 << 30  # a multiplier of one half


def processed(config, values, memory, rows, *, room=lambda: 1, reset_at=None, gated=False):
    """Per cycle the activations, or None; the parameters come from ``memory``, a dict of words.

    ``rows``: (sums, last, bias word, cycles before it comes) of each. Also: the cycles in which
    rows were taken. ``gated``: the lanes' clock stands still whenever it may.
    """
    layer = Signal(register_layout(config))
    valid, last, may, reset = Signal(), Signal(), Signal(), Signal()
    sums, word = Signal(config.sums_bits), Signal(config.addr_bits)
    layout = parameters_layout(config)
    port = ReadPort(config.addr_bits, layout.size).create()
    dut = PostProcessor(config, layer, valid=valid, sums=sums, last=last, word=word, room=may,
                        parameters=port, domain="lanes" if gated else "sync")
    top = ResetInserter(reset)(dut)
    if gated:
        top = DomainRenamer({"lanes": "sync"})(EnableInserter({"lanes": dut.active})(top))
    outputs, taken = [], []
    waiting, since, reads = list(rows), 0, []

    async def testbench(ctx):
        nonlocal since
        ctx.set(layer, values)
        for cycle in range(sum(row[3] + 12 * config.chunks for row in rows) + LATENCY):
            there = bool(waiting) and since >= waiting[0][3]
            since += 1
            ctx.set(valid, there)
            if there:
                numbers, is_last, of, _ = waiting[0]
                ctx.set(sums, packed(config, numbers))
                ctx.set(last, is_last)
                ctx.set(word, of)
            ctx.set(may, room())
            ctx.set(reset, cycle == reset_at)
            # A memory: what was read three cycles ago, and no more where it was not enabled.
            reads.append(ctx.get(port.address) if ctx.get(port.en) else None)
            wanted = reads[-1 - MEMORY_LATENCY] if cycle >= MEMORY_LATENCY else None
            channels = memory[wanted] if wanted is not None else [(3, 1)] * config.post_lanes
            fields = [{"multiplier": m, "right": right} for m, right in channels]
            ctx.set(port.data, layout.const(fields).as_value())
            got = [ctx.get(activation) for activation in dut.activations]
            outputs.append((got, ctx.get(dut.out_last)) if ctx.get(dut.written) else None)
            assert ctx.get(dut.written) or not ctx.get(dut.out_last)
            assert ctx.get(dut.take) == (there and ctx.get(dut.ready)) <= ctx.get(dut.going)
            if ctx.get(dut.take):
                waiting.pop(0)
                taken.append(cycle)
                since = 0
            await ctx.tick()

    simulator = Simulator(top)
    simulator.add_clock(1e-8)
    simulator.add_testbench(testbench)
    simulator.run()
    return outputs, taken


def packed(config, sums):
    mask = (1 << config.acc_bits) - 1
    return sum((total & mask) << c * config.acc_bits for c, total in enumerate(sums))


def test_by_hand():
    """Rows of four sums for two lanes; of the second bias word's channels all are quarters."""
    config = ArrayConfig(rows=2, cols=4, post_lanes=2, post_mode="tflite")
    values = {"chunks": 2 - 1, "zero_point": 1, "low": -100, "high": 100}
    half, quarter = (HALF, 0), (HALF, 1)
    memory = {6: [half, quarter], 7: [quarter, half], 8: [quarter] * 2, 9: [quarter] * 2}
    rows = [
        ([10, 20, 40, 80], 0, 3, 0),  # words 6 and 7
        ([10, 20, 40, 80], 0, 4, 0),  # words 8 and 9
        ([-10, -20, 4000, -4000], 1, 3, 5),  # clamped
    ]
    outputs, taken = processed(config, values, memory, rows)
    assert taken == [1, 3, 10]
    there = {cycle: output for cycle, output in enumerate(outputs) if output}
    first = LATENCY
    assert there == {
        first: ([6, 6], 0), first + 1: ([11, 41], 0),
        first + 2: ([4, 6], 0), first + 3: ([11, 21], 0),
        first + 9: ([-4, -4], 0), first + 10: ([100, -100], 1),
    }


def test_all_sums_at_once():
    config = ArrayConfig(rows=2, cols=2, post_lanes=2, post_mode="tflite")
    values = {"zero_point": 0, "low": -128, "high": 127}
    memory = {5: [(HALF, 0), (HALF, 1)]}
    outputs, taken = processed(config, values, memory, [([9, 9], n == 2, 5, 0) for n in range(3)])
    assert taken == [0, 1, 2]
    assert outputs[LATENCY : LATENCY + 4] == [([5, 3], 0), ([5, 3], 0), ([5, 3], 1), None]


def test_fewer_words_than_columns_have():
    """A layer whose rows have sums for two lanes of three times two columns."""
    config = ArrayConfig(rows=2, cols=6, post_lanes=2, post_mode="tflite")
    values = {"chunks": 2 - 1, "zero_point": 0, "low": -128, "high": 127}
    memory = {3: [(HALF, 0)] * 2, 4: [(HALF, 0)] * 2}
    outputs, _ = processed(config, values, memory, [([2, 4, 6, 8, 99, 99], 1, 1, 0)] * 2)
    assert [output for output in outputs if output] == [([1, 2], 0), ([3, 4], 1)] * 2


def test_a_reset_drops_what_is_under_way():
    config = ArrayConfig(rows=2, cols=4, post_lanes=2, post_mode="tflite")
    values = {"chunks": 2 - 1, "zero_point": 0, "low": -128, "high": 127}
    memory = {n: [(HALF, 0)] * 2 for n in (2, 3)}
    # As the second row's first sums have been taken: its first ones come first again.
    rows = [([2, 4, 6, 8], 0, 1, 0), ([20, 40, 60, 80], 1, 1, 0)]
    outputs, taken = processed(config, values, memory, rows, reset_at=3)
    assert taken == [1, 3]
    assert not any(outputs)
    outputs, taken = processed(config, values, memory, [*rows, ([10, 20, 30, 40], 1, 1, 4)],
                               reset_at=2)
    assert [output for output in outputs if output] == [
        ([10, 20], 0), ([30, 40], 1), ([5, 10], 0), ([15, 20], 1)
    ]


@pytest.mark.parametrize("gated", [False, True])
@pytest.mark.parametrize(("cols", "lanes"), [(4, 1), (4, 2), (4, 4), (6, 2)])
def test_random(cols, lanes, gated):
    """Rows that come late, and lanes that must wait now and then: nothing lost, nothing twice."""
    random = Random(cols + lanes)
    config = ArrayConfig(rows=2, cols=cols, post_lanes=lanes, post_mode="tflite")
    used = random.randint(1, config.chunks)
    values = {"chunks": used - 1, "zero_point": -5, "low": -90, "high": 110}
    memory = {
        n: [(random.randrange(HALF, 2 * HALF), random.randrange(5)) for _ in range(lanes)]
        for n in range(4 * config.chunks)
    }
    rows = [
        ([random.randint(-1000, 1000) for _ in range(cols)], n == 29, random.randrange(4),
         random.choice([0, 0, 7, 20]))
        for n in range(30)
    ]
    outputs, taken = processed(
        config, values, memory, rows, room=lambda: random.random() < 0.7, gated=gated
    )
    assert len(taken) == len(rows)
    expected = []
    for sums, last, word, _ in rows:
        for chunk in range(used):
            got = [
                multiply_by_quantized_multiplier(total, multiplier, -right) - 5
                for total, (multiplier, right) in zip(
                    sums[chunk * lanes :], memory[word * config.chunks + chunk], strict=False
                )
            ]
            expected.append(([min(max(a, -90), 110) for a in got], last and chunk == used - 1))
    assert [output for output in outputs if output] == expected
