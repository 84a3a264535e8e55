"""What a recorded run gave: the outputs, whether they are right, and what a fault did."""

from dataclasses import dataclass

import numpy as np

from convolith.model.arrays import Ints
from convolith.sim.watch.recorded.trace import Trace

__all__ = ["Outputs", "WrongOutput", "WrongSum", "wrong_sum"]


@dataclass(frozen=True)
class WrongOutput:
    """An output that is not PyTorch's.

    Parameters
    ----------
    index : int
        Into the flattened output.
    got, expected : int
        As the array gives them.
    cycle : int
        In which it has left the core.
    """

    index: int
    got: int
    expected: int
    cycle: int


@dataclass(frozen=True)
class WrongSum:
    """A PE's sum that is not that of its products."""

    cycle: int
    row: int
    column: int
    got: int
    expected: int


class Outputs:
    """The outputs of a recorded run beside PyTorch's.

    Parameters
    ----------
    trace : Trace

    Members
    -------
    values, expected : int64 array, (N * OC * OX * OY,)
        Sums in the array's steps, with the bias; or a quantized layer's integers.
    left : int64 array, likewise
        The cycle at whose end each has left the core.
    """

    def __init__(self, trace: Trace):
        convolution, run = trace.convolution, trace.recording.run
        schedule = convolution.schedule
        expected = convolution.reference.output()
        got = schedule.output_tensor(run.rows).reshape(expected.shape)
        decoded = convolution.decode(got)
        self.equal = np.array_equal(decoded, expected)
        scale = 1.0 if convolution.output else convolution.scale
        self.values = _integers(decoded, scale)
        self.expected = _integers(expected, scale)
        self.left: Ints = schedule.output_tensor(run.exit_cycles).reshape(-1)

    def wrong(self) -> list[WrongOutput]:
        """All that differ, the first to leave first."""
        places = np.flatnonzero(self.values != self.expected)
        places = places[np.argsort(self.left[places], kind="stable")]
        return [
            WrongOutput(int(i), int(self.values[i]), int(self.expected[i]), int(self.left[i]))
            for i in places
        ]


def wrong_sum(trace: Trace) -> WrongSum | None:
    """The first recorded sum of an output that a fault has changed."""
    wrong = np.argwhere(trace.busy & (trace.changes != 0))
    if not len(wrong):
        return None
    i, row, column = (int(k) for k in wrong[0])
    cycle = trace.recording.first + i
    got = trace.sum(cycle, row, column)
    return WrongSum(cycle, row, column, got, got - int(trace.changes[i, row, column]))


def _integers(values: Ints, scale: float) -> Ints:
    """Multiples of a power of two, which these are, as integers."""
    return np.rint(np.asarray(values, dtype=np.float64) / scale).astype(np.int64).reshape(-1)
