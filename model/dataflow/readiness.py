"""In which cycles the core's outputs are taken: a share of all, the same on every simulator."""

from dataclasses import dataclass

from convolith.model.checks import check_int

__all__ = ["ALWAYS", "Readiness", "hashed"]

MASK = (1 << 64) - 1


def hashed(number: int) -> int:
    """64 bits that look random, of a number: the finalizer of SplitMix64.

    Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
    """
    number = (number + 0x9E3779B97F4A7C15) & MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & MASK
    return number ^ (number >> 31)


@dataclass(frozen=True)
class Readiness:
    """The cycles in which both output streams are ready.

    Parameters
    ----------
    percent : int
        Their share, from 1 to 100.
    seed : int
        Which ones, from 0 to 2**32 - 1.
    begin : int
        Cycles before cycle 1, at which the pattern begins: those of the layers before.

    Raises
    ------
    TypeError, ValueError
        For other values.
    """

    percent: int = 100
    seed: int = 0
    begin: int = 0

    def __post_init__(self) -> None:
        for name, low, high in (("percent", 1, 100), ("seed", 0, (1 << 32) - 1)):
            check_int(name, getattr(self, name), low, high)

    @property
    def always(self) -> bool:
        """The outputs are ready in every cycle."""
        return self.percent == 100

    def ready(self, cycle: int) -> bool:
        """Whether they are ready in a cycle."""
        return (hashed((self.seed << 32) + self.begin + cycle) >> 32) * 100 >> 32 < self.percent

    def first(self, cycle: int) -> int:
        """The first cycle from ``cycle`` on in which they are ready."""
        while not self.always and not self.ready(cycle):
            cycle += 1
        return cycle


ALWAYS = Readiness()
