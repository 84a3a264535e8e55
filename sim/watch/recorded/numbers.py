"""The numbers of a page: the user's where they are short, else the array's integers."""

from dataclasses import dataclass

from convolith.sim.layers.common.prepared import Prepared

__all__ = ["Numbers"]

FINEST = 2.0**-8
"""Numbers of a finer step are shown as the array's integers: their decimals would be long."""

EXACT_BITS = 53
"""Of a float64: all that is shown is exact."""


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
        exact = x * w * 2.0**convolution.config.acc_bits <= 2.0**EXACT_BITS
        return cls(x, w) if exact and min(x, w, x * w) >= FINEST else cls(1.0, 1.0)

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
            x, w = convolution.steps
            found.append(
                f"Numbers are the array's integers: 1 in x stands for {x}, in w for {w}, and in a "
                f"sum for {convolution.scale}."
            )
        if offset := convolution.input_offset:
            found.append(f"The array's x is the input minus {offset}, as a signed number.")
        if convolution.output:
            found.append(
                "The array's w is the weight minus its zero point. Outside the input x is "
                f"{convolution.padding_value}, which stands for zero."
            )
        if convolution.bias is not None and (offset or convolution.output):
            found.append("The array's bias makes up for that, besides the layer's own.")
        if convolution.unpadded:
            found.append(
                f"Around x its own numbers are repeated ({convolution.reference.padding_mode}): "
                "they have the indices of those that they repeat."
            )
        if convolution.is_linear:
            found.append(
                "A linear layer is run as a convolution over one pixel: x[n, ic, 0] is feature ic "
                "of row n, where all axes but the last count as one."
            )
        return found
