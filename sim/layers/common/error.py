"""How far a rounded convolution is from PyTorch's in floating point."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["FloatError"]


@dataclass(frozen=True, kw_only=True)
class FloatError:
    """What rounding to fixed point has cost: against the float64 result of the user's own tensors.

    Parameters
    ----------
    largest, rms : float
        Of the absolute differences, over all outputs.
    relative : float
        ``rms`` over the root mean square of the float outputs; 0 where all of these are 0.
    """

    largest: float
    rms: float
    relative: float

    @classmethod
    def between(cls, exact: NDArray[Any], got: NDArray[Any]) -> "FloatError":
        """Of what floating point gives, and what the array gave."""
        error = np.abs(exact - got)
        rms, size = _rms(error), _rms(exact)
        largest = float(error.max(initial=0))
        return cls(largest=largest, rms=rms, relative=rms / size if size else 0.0)

    def as_json(self) -> dict[str, float]:
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"at most {self.largest:.3g}, rms {self.rms:.3g}, "
            f"which is {100 * self.relative:.2g} % of the outputs' rms"
        )


def _rms(numbers: NDArray[Any]) -> float:
    """The root mean square; of the numbers over the largest, whose squares float64 always has."""
    largest = float(np.abs(numbers).max(initial=0))
    return largest * float(np.sqrt(np.mean(np.square(numbers / largest)))) if largest else 0.0
