"""Which mutants of a core are run: it depends on what they are, not on their order."""

from collections.abc import Sequence
from operator import itemgetter

from convolith.sim.engines.native.cache import digest
from convolith.sim.mutation.mutant import Mutant

__all__ = ["chosen", "sampled"]


def chosen(mutants: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """So many of some mutants, spread over cells and ports: one of each, then a second one.

    Which ones depends on their keys alone. So a change of the core changes few of them.
    """
    groups: dict[str, list[tuple[str, Mutant]]] = {}
    for mutant in mutants:
        rank = digest(str(seed), *mutant.key)
        groups.setdefault(mutant.group, []).append((rank, mutant))
    ranked = [
        (turn, digest(str(seed), group), mutant)
        for group, members in groups.items()
        for turn, (_, mutant) in enumerate(sorted(members, key=itemgetter(0)))
    ]
    return [mutant for *_, mutant in sorted(ranked, key=itemgetter(0, 1))[:count]]


def sampled(mutants: Sequence[Mutant], count: int) -> list[Mutant]:
    """So many of some mutants, each as likely as the others."""
    return sorted(mutants, key=lambda mutant: digest(*mutant.key))[:count]
