"""How a property is shown, and how far that reaches."""

from dataclasses import dataclass

__all__ = ["Bounded", "Induction", "Method"]


@dataclass(frozen=True, kw_only=True)
class Method:
    """A way to show that claims hold.

    Parameters
    ----------
    traces : int
        Cycles from reset within which what is interesting must be seen, and each planted error.
    at_end : bool
        Planted errors are looked for in the last of these cycles only. That is enough, and faster,
        where numbers pass through a pipeline.
    """

    traces: int = 12
    at_end: bool = False


@dataclass(frozen=True, kw_only=True)
class Induction(Method):
    """In every cycle of every run: a proof.

    The claims hold in the first ``k`` cycles (base case). And if they have held for ``k`` cycles,
    from any state, they hold in the next one (step).
    """

    k: int = 1

    def __str__(self) -> str:
        return f"every cycle (induction, k = {self.k})"


@dataclass(frozen=True, kw_only=True)
class Bounded(Method):
    """In the first ``cycles`` cycles of every run. Nothing is known of later ones."""

    cycles: int

    def __str__(self) -> str:
        return f"{self.cycles} cycles only (bounded)"
