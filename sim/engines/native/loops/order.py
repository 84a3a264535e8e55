"""Statements in another order, in which those of one form are behind each other."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from convolith.sim.engines.native.loops.statement import Element, Statement

__all__ = ["Run", "ordered", "runs"]

Run = list[Statement]
"""Statements of one form whose indices grow by 0 or 1 each, the target's by 1."""

FEWEST = 4
"""Statements that make a loop."""

ROUNDS = 4


def ordered(statements: Sequence[Statement]) -> list[Run]:
    """The same statements, in an order that does the same; those that can be a loop are a run.

    Each statement has a level, above those of all statements that it must come after. Those of one
    level may come in any order. A statement that could come early waits for others of its run.
    """
    before = _before(statements)
    together = [run for run in runs(statements) if len(run) >= FEWEST]
    least = dict.fromkeys(statements, 0)
    for _ in range(ROUNDS):
        level = _levels(statements, before, least)
        for run in together:
            top = max(level[one] for one in run)
            least.update(dict.fromkeys(run, top))
    level = _levels(statements, before, least)
    of_level: dict[int, list[Statement]] = defaultdict(list)
    for one in statements:
        of_level[level[one]].append(one)
    return [run for number in sorted(of_level) for run in runs(of_level[number])]


def runs(statements: Iterable[Statement]) -> list[Run]:
    """Statements that do not depend on each other, in runs as long as can be."""
    of_form: dict[object, list[Statement]] = defaultdict(list)
    for one in statements:
        of_form[one.form or one].append(one)
    found: list[Run] = []
    for alike in of_form.values():
        alike.sort(key=lambda one: one.indices)
        steps: tuple[int, ...] = ()
        for one in alike:
            last = found[-1][-1] if one is not alike[0] else None
            here = _steps(last, one) if last else ()
            follows = here[:1] == (1,) and set(here) <= {0, 1}
            if follows and (len(found[-1]) == 1 or here == steps):
                found[-1].append(one)
                steps = here
            else:
                found.append([one])
    return found


def _steps(one: Statement, other: Statement) -> tuple[int, ...]:
    """By how much each index grows."""
    return tuple(b - a for a, b in zip(one.indices, other.indices, strict=True))


def _levels(
    statements: Sequence[Statement], before: dict[Statement, set[Statement]],
    least: dict[Statement, int],
) -> dict[Statement, int]:
    level: dict[Statement, int] = {}
    for one in statements:
        level[one] = max([least[one], *(level[other] + 1 for other in before[one])])
    return level


def _before(statements: Sequence[Statement]) -> dict[Statement, set[Statement]]:
    """What must come before each statement: what writes what it reads or writes, or reads what it
    writes."""
    writers: dict[str, dict[int | None, Statement]] = defaultdict(dict)
    readers: dict[str, dict[int | None, list[Statement]]] = defaultdict(lambda: defaultdict(list))
    found = {}
    for one in statements:
        found[one] = {
            writer for name, index in one.reads | one.writes
            for other, writer in writers[name].items() if _same(index, other)
        } | {
            reader for name, index in one.writes
            for other, of_it in readers[name].items() if _same(index, other)
            for reader in of_it
        }
        found[one].discard(one)
        for element in one.writes:
            _forget(element, writers[element.name], readers[element.name])
            writers[element.name][element.at] = one
        for name, index in one.reads:
            readers[name][index].append(one)
    return found


def _same(index: int | None, other: int | None) -> bool:
    """Whether they can be one element: None is all of them, or any."""
    return index is None or other is None or index == other


def _forget(element: Element, *known: dict) -> None:
    """What the statement that writes the element comes after: later ones come after this one."""
    for of_name in known:
        if element.at is None:
            of_name.clear()
        else:
            of_name.pop(element.at, None)
