"""The scales of a quantized layer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Scales"]

Doubles = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Scales:
    """The scales of a layer's input, weight and output.

    Real value = scale * (integer - zero point).

    Parameters
    ----------
    input, output : float
    weight : float64 array, (OC,)
    per_channel : bool
        Each output channel has its own scale. Without it, all have the same. Engines round a bias
        differently in the two cases.

    Raises
    ------
    ValueError
        For a scale that is not positive and finite.
    """

    input: float
    weight: Doubles
    output: float
    per_channel: bool

    def __post_init__(self) -> None:
        for name in ("input", "weight", "output"):
            values = np.asarray(getattr(self, name), dtype=np.float64).reshape(-1)
            with np.errstate(over="ignore"):
                single = values.astype(np.float32)
            bad = ~((single > 0) & np.isfinite(single))
            if bad.any():
                raise ValueError(
                    f"the scale of the {name} must be positive and finite as a float32, "
                    f"not {values[bad][0]}"
                )

    @property
    def channels(self) -> int:
        """The number of output channels, OC."""
        return len(self.weight)

    @property
    def sum(self) -> NDArray[np.float32]:
        """The step of a sum, (OC,)."""
        return np.float32(self.input) * self.weight.astype(np.float32)
