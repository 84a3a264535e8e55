"""Where two results differ first."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.layer import ConvLayer

__all__ = ["Difference", "first_difference"]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A wrong output: which one, what it should be, what it is, and when it left the array."""

    n: int
    oc: int
    ox: int
    oy: int | None  # None for a 1D layer
    expected: float
    got: float
    cycle: int

    def moved(self, channels: int) -> "Difference":
        """The same, where the layer is a piece of another that begins so many channels before."""
        return replace(self, oc=self.oc + channels)

    def as_json(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if value is not None}

    def __str__(self) -> str:
        place = f"(n={self.n}, oc={self.oc}, ox={self.ox}"
        place += ")" if self.oy is None else f", oy={self.oy})"
        return (
            f"output {place} must be {self.expected}, not {self.got}; "
            f"it left the array in cycle {self.cycle}"
        )


def first_difference(
    layer: ConvLayer,
    expected: NDArray[np.generic],
    got: NDArray[np.generic],
    exit_cycles: NDArray[np.int64],
) -> Difference | None:
    """The wrong output that was the first to leave the array, or None if all are equal.

    ``expected`` and ``got`` have ``layer.y_shape``, ``exit_cycles`` says in which cycle each left.
    Of those that left together the one with the lowest channel is named.
    """
    shape = (layer.N, layer.OC, layer.OX, layer.OY)
    expected, got = expected.reshape(shape), got.reshape(shape)
    exit_cycles = exit_cycles.reshape(shape)
    wrong = np.argwhere(expected != got)
    if not len(wrong):
        return None
    cycles = exit_cycles[tuple(wrong.T)]
    n, oc, ox, oy = (int(i) for i in wrong[np.lexsort((wrong[:, 1], cycles))[0]])
    one = layer.dims == 1
    return Difference(
        n=n, oc=oc, ox=oy if one else ox, oy=None if one else oy,
        expected=expected[n, oc, ox, oy].item(),
        got=got[n, oc, ox, oy].item(),
        cycle=int(exit_cycles[n, oc, ox, oy]),
    )
