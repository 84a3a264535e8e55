"""A kernel's taps along one axis, sorted by the input pixels that they share."""

from dataclasses import dataclass
from math import gcd

__all__ = ["Phases"]


@dataclass(frozen=True)
class Phases:
    """Taps k = 0 .. kernel - 1, sorted by the remainder of their offset k * dilation modulo stride.

    Neighbouring outputs are ``stride`` apart in the input. So two taps of two outputs can need the
    same input only if their offsets have the same remainder. Taps with the same remainder are a
    *phase*. Phase p begins with tap p, and its taps are ``spacing`` strides apart.

        kernel 3, stride 1     phase 0: taps 0, 1, 2 at 0, 1, 2
        kernel 3, stride 2     phase 0: taps 0, 2 at 0, 1      phase 1: tap 1 at 0
    """

    kernel: int
    stride: int
    dilation: int

    @property
    def count(self) -> int:
        """The number of phases that have taps."""
        return min(self.kernel, self.stride // gcd(self.stride, self.dilation))

    @property
    def spacing(self) -> int:
        """From a tap of a phase to the next one, in strides."""
        return self.dilation // gcd(self.stride, self.dilation)

    @property
    def reach(self) -> int:
        """From the first tap to the last, in strides, in phase 0: no phase has more taps."""
        between = self.stride // gcd(self.stride, self.dilation)
        return (-(-self.kernel // between) - 1) * self.spacing

    @property
    def last_reach(self) -> int:
        """The same in the last phase, which can have fewer taps."""
        between = self.stride // gcd(self.stride, self.dilation)
        return (-(-(self.kernel - self.count + 1) // between) - 1) * self.spacing

    def tap(self, phase: int, position: int) -> int | None:
        """The tap of a phase that is ``position`` strides after its first one, or None."""
        number, rest = divmod(position, self.spacing)
        k = phase + number * (self.stride // gcd(self.stride, self.dilation))
        return k if rest == 0 and k < self.kernel else None
