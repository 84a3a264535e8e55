"""How far rounding is from floating point, whatever its size."""

import numpy as np
import pytest

from convolith.sim.layers.common.error import FloatError


@pytest.mark.parametrize("scale", [1.0, 2.0**-700, 2.0**700])
def test_by_hand(scale):
    exact, got = np.array([3.0, 4.0, 0.0]) * scale, np.array([3.0, 1.0, 4.0]) * scale
    error = FloatError.between(exact, got)
    assert error.largest == 4 * scale
    assert error.rms / scale == pytest.approx((25 / 3) ** 0.5)
    assert error.relative == pytest.approx(1)


def test_nothing_at_all():
    zeros = np.zeros(3)
    assert FloatError.between(zeros, zeros) == FloatError(largest=0.0, rms=0.0, relative=0.0)
