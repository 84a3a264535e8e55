"""How a trace writes long lists of numbers: as differences, which compress well."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Ints

__all__ = ["differences", "plain", "table"]


def differences(values: Any) -> list[int]:
    """A list as its first number and the step to each further one."""
    found: list[int] = np.diff(np.asarray(values, dtype=np.int64), prepend=0).tolist()
    return found


def table(values: Ints) -> dict[str, Any]:
    """One list per place, (times, ...), each as `differences`.

    An axis along which nothing differs is kept once.
    """
    for axis in range(1, values.ndim):
        one = values[(slice(None),) * axis + (slice(1),)]
        if (values == one).all():
            values = one
    places = int(np.prod(values.shape[1:]))
    lists = np.diff(values, axis=0, prepend=0).reshape(len(values), places).T
    return {"shape": list(values.shape[1:]), "differences": lists.tolist()}


def plain(values: NDArray[np.integer]) -> list[int]:
    """A flat list."""
    found: list[int] = values.reshape(-1).tolist()
    return found
