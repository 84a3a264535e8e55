"""The numbers of a page: the user's where they are short, else the array's integers."""

from dataclasses import dataclass

from convolith.sim.layers.common.prepared import Prepared

__all__ = ["Numbers"]

FINEST = 2.0**-8
"""Sums of a finer step are shown as the array's integers: their decimals would be long."""


@dataclass(frozen=True)
class Numbers:
    """For each tensor the step by which the array's integers are multiplied to be shown.

    Parameters
    ----------
    x, w : float
        Powers of two, or 1 where integers are shown as they are.
    """

    x: float
    w: float

    @classmethod
    def of(cls, convolution: Prepared) -> "Numbers":
        """Of a layer."""
        x, w = convolution.steps
        return cls(x, w) if max(x, w) <= 1 and x * w >= FINEST else cls(1.0, 1.0)

    @property
    def y(self) -> float:
        """Of sums."""
        return self.x * self.w

    @staticmethod
    def text(value: int, step: float) -> str:
        """An integer of the array, as it is shown."""
        shown = value * step
        return str(int(shown)) if shown == int(shown) else repr(shown)

    def notes(self, convolution: Prepared) -> list[str]:
        """What a reader of the numbers has to know, in sentences."""
        found = []
        if convolution.scale != self.y:
            found.append(
                f"Numbers are the array's integers: a result is such a sum times "
                f"{convolution.scale}."
            )
        if convolution.padding_value and not convolution.output:
            found.append(
                f"The array's x is the input minus {-convolution.padding_value}: the input is "
                "unsigned, and the bias makes up for it."
            )
        elif convolution.output:
            found.append(
                "The array's x is the input's byte as a signed number, and its w the weight minus "
                f"its zero point; outside the input x is {convolution.padding_value}, which stands "
                "for zero."
            )
        return found
