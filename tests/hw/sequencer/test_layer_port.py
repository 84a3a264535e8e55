"""Layers come in one after the other: when the port is ready, what it holds, what it starts."""

from random import Random

from amaranth.hdl import *
from amaranth.lib import stream
from benches import play

from convolith.hw.layouts.registers import register_layout
from convolith.hw.sequencer.layer_port import LayerPort
from convolith.model.options.config import ArrayConfig

CONFIG = ArrayConfig(rows=2, cols=2)
WIDTH = register_layout(CONFIG).size


def cycles(table):
    """(ready, a block's start, another's, layer) of each (valid, layer, in_use, reset)."""
    i = stream.Signature(register_layout(CONFIG)).create()
    in_use, reset = Signal(), Signal()
    dut = LayerPort(CONFIG, i, in_use, ["nest", "sums"])
    outputs = (i.ready, dut.starts["nest"], dut.starts["sums"], dut.layer.as_value())
    inputs = (i.valid, i.payload.as_value(), in_use, reset)
    m = Module()
    m.submodules.dut = dut
    m.domains.sync = sync = ClockDomain()
    m.d.comb += sync.rst.eq(reset)
    return play(m, inputs, table, outputs)


def test_by_hand():
    a, b, c = (int(f"{digit:x}" * (WIDTH // 4), 16) for digit in (5, 10, 3))
    assert WIDTH > 3 * 64  # more words than one signal opens
    # valid, offered, in use; ready, starts, the layer where it matters.
    table = {
        0: ((0, 0, 0), (0, 0, None)),
        1: ((0, 0, 0), (1, 0, None)),
        2: ((1, a, 0), (1, 0, None)),  # taken
        3: ((1, b, 0), (0, 1, a)),  # and started; the next one has to wait
        4: ((1, b, 1), (0, 0, a)),
        5: ((1, c, 1), (0, 0, a)),  # whatever is offered
        6: ((1, b, 1), (0, 0, a)),
        7: ((1, b, 0), (0, 0, a)),  # nobody needs it any more
        8: ((1, b, 0), (1, 0, None)),  # taken
        9: ((1, c, 1), (0, 1, b)),
        10: ((1, c, 1), (0, 0, b)),
    }
    seen = cycles([(*inputs, 0) for inputs, _ in table.values()])
    for (ready, start, other, layer), (_, wanted) in zip(seen, table.values(), strict=True):
        assert (ready, start, other) == (wanted[0], wanted[1], wanted[1])
        assert wanted[2] in (None, layer)


def test_a_layer_comes_as_soon_as_can_be():
    # Offered all the time, and nobody needs it: taken every three cycles.
    seen = cycles([(1, 9, 0, 0)] * 9)
    assert [ready for ready, *_ in seen] == [0, 1, 0] * 3
    assert [start for _, start, *_ in seen] == [0, 0, 1] * 3


def test_random():
    """What is in use stays; every layer that is taken starts both blocks once, and is held."""
    random = Random(1)
    table = [
        (random.randrange(2), random.getrandbits(WIDTH), random.random() < 0.6, 0)
        for _ in range(600)
    ]
    seen = cycles(table)
    taken = [ready and valid for (ready, *_), (valid, *_) in zip(seen, table, strict=True)]
    assert sum(taken) > 50
    starts = [start for _, start, *_ in seen]
    assert starts == [other for _, _, other, _ in seen] == [0, *taken[:-1]]
    # Ready if two cycles before nothing was in use, and nothing has been taken since.
    free = [not in_use for _, _, in_use, _ in table]
    for t in range(2, len(table)):
        assert seen[t][0] == (free[t - 1] and not taken[t - 1] and not taken[t - 2])
        if not seen[t - 1][0]:
            assert seen[t][3] == seen[t - 1][3]
        elif taken[t - 1]:
            assert seen[t][3] == table[t - 1][1]


def test_a_reset_forgets():
    # In the cycle after the transfer, in which the blocks start: they are reset as well.
    free, reset = (0, 0, 0, 0), (0, 0, 0, 1)
    seen = cycles([free, free, (1, 7, 0, 0), reset, free, free, (1, 8, 0, 0), free])
    assert [start for _, start, *_ in seen] == [0, 0, 0, 1, 0, 0, 0, 1]
    assert [ready for ready, *_ in seen] == [0, 1, 1, 0, 0, 1, 1, 0]
    assert seen[-1][3] == 8


def test_a_reset_forgets_what_is_just_taken():
    free = (0, 0, 0, 0)
    seen = cycles([free, free, (1, 7, 0, 1), free, free, free])
    assert seen[2][0] == 1
    assert [start for _, start, *_ in seen] == [0] * 6
