"""When a delay that has changed shows new values again: by hand, and beside the delay itself."""

from random import Random

from amaranth.hdl import *
from benches import play

from convolith.hw.dataflow.shared.settled import Settled
from convolith.hw.dataflow.shared.variable_delay import VariableDelay


def settled(delays):
    cycles = Signal(4)
    dut = Settled(cycles)
    return [o for (o,) in play(dut, (cycles,), [(value,) for value in delays], (dut.o,))]


def test_by_hand():
    # From 0 to 3: as it is in the cycle of the change, then three cycles not.
    assert settled([0, 3, 3, 3, 3, 3]) == [1, 1, 0, 0, 0, 1]
    # A second change begins anew; a delay of 0 is settled at once.
    assert settled([0, 3, 3, 2, 2, 2, 0, 0, 1, 1, 1]) == [1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 1]


def test_no_value_comes_twice():
    """Each value is its cycle's number: while settled, they only grow, whatever the delays are."""
    random = Random(3)
    m, value, cycles = Module(), Signal(16), Signal(4)
    m.submodules.delay = delay = VariableDelay(value, cycles, most=15)
    m.submodules.settled = dut = Settled(cycles)
    rows, now = [], 0
    for cycle in range(3000):
        if random.random() < (0.5 if cycle // 100 % 2 else 0.02):
            now = random.randrange(16)
        rows.append((cycle + 1, now))
    seen = play(m, (value, cycles), rows, (delay.o, dut.o))
    shown = [o for o, is_settled in seen if is_settled and o]
    assert shown == sorted(set(shown))
    assert len(shown) > 1000
    assert len({o for o, _ in seen}) < len(seen) - 100  # some do come twice, when it is not
