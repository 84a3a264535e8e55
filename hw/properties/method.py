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
    """

    traces: int = 12


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
