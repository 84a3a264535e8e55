"""A kernel's taps along one axis, sorted by which input pixels they share."""

from dataclasses import dataclass
from math import gcd

__all__ = ["Phases"]


@dataclass(frozen=True)
class Phases:
    """Taps k = 0 .. kernel - 1 at the offsets ``k * dilation``, by their remainder modulo stride.

    Neighbouring outputs are ``stride`` apart in the input. So tap k of an output needs the same
    input as another tap of its neighbour only if the two have the same remainder: they are of one
    phase. Phase p begins with tap p; seen from there, in strides, its taps are ``spacing`` apart.

        kernel 3, stride 1     phase 0: taps 0, 1, 2 at 0, 1, 2
        kernel 3, stride 2     phase 0: taps 0, 2 at 0, 1      phase 1: tap 1 at 0
    """

    kernel: int
    stride: int
    dilation: int

    @property
    def count(self) -> int:
        """How many phases have taps."""
        return min(self.kernel, self.stride // gcd(self.stride, self.dilation))

    @property
    def spacing(self) -> int:
        """From a tap of a phase to its next, in strides."""
        return self.dilation // gcd(self.stride, self.dilation)

    @property
    def reach(self) -> int:
        """From the first tap to the last, in strides; of phase 0, which has most of them."""
        between = self.stride // gcd(self.stride, self.dilation)
        return (-(-self.kernel // between) - 1) * self.spacing

    def tap(self, phase: int, position: int) -> int | None:
        """The tap that phase ``phase`` has ``position`` strides after its first, if any."""
        number, rest = divmod(position, self.spacing)
        k = phase + number * (self.stride // gcd(self.stride, self.dilation))
        return k if rest == 0 and k < self.kernel else None
