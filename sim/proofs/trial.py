"""One question about one property, and its verdict."""

from dataclasses import dataclass
from time import perf_counter

from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property, Size
from convolith.sim.proofs.plant import planted_in
from convolith.sim.proofs.solver import Answer, ask_for_error, ask_for_proof
from convolith.sim.report.table import format_table
from convolith.sim.synthesis.tools import OutOfTime

__all__ = ["SECONDS", "Verdict", "prove", "try_planted"]

SECONDS = 600  # for a question, by default
LAST_CYCLES = 8  # of a run that are shown
MOST_TRIED = 3  # sizes


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of a property in one size, or of a planted error.

    Parameters
    ----------
    name : str
        The property's.
    size : str
        For a planted error, the size in which it was found.
    planted : str
        The planted error; empty: the block is as it is.
    good : bool
        The property is shown; the planted error is found.
    why : str
        If it is not good, the reason. For a planted error that is found, the claim that it breaks.
    trace : str
        The run that shows it, as a table.
    seconds : float
    """

    name: str
    size: str
    planted: str = ""
    good: bool
    why: str = ""
    trace: str = ""
    seconds: float


def size_text(size: Size) -> str:
    """A size as a table has it."""
    return " ".join(f"{name}={value}" for name, value in size.items())


def prove(kind: type[Property], size: Size, seconds: float = SECONDS) -> Verdict:
    """Shows the claims of a property, and that what they speak of happens.

    ``seconds``: what the solver does not decide in that time is not shown.
    """
    began = perf_counter()
    prop, until = kind(size), began + seconds
    good, trace = False, ""
    try:
        answer = ask_for_proof(prop, until)
        trace = trace_text(answer)
        if not answer.holds:
            why = broken(prop, answer) or f"{kind.method} does not show it, though no run breaks it"
        elif not answer.reached:
            why = f"no run of {prop.traces} cycles has all that is to be reached"
        else:
            good, why = True, ""
    except OutOfTime:
        why = undecided(seconds)
    return Verdict(
        name=kind.name, size=size_text(size), good=good, why=why, trace=trace,
        seconds=perf_counter() - began,
    )


def try_planted(kind: type[Property], number: int, seconds: float = SECONDS) -> Verdict:
    """Looks for a planted error, in one size after the other until it is found."""
    began = perf_counter()
    planted = kind.planted[number]
    good, why, size, trace = False, "", "", ""
    try:
        with planted_in(planted):
            for size_ in tried(kind, planted):
                prop = kind(size_)
                answer = ask_for_error(prop, began + seconds, at_end=planted.at_end)
                if not answer.holds:
                    why, size, trace = broken(prop, answer), size_text(size_), trace_text(answer)
                    good = bool(why)
                    break
    except OutOfTime:
        why = undecided(seconds)
    return Verdict(
        name=kind.name, size=size, planted=str(planted), good=good, why=why, trace=trace,
        seconds=perf_counter() - began,
    )


def undecided(seconds: float) -> str:
    """What is said of a question for which the solver's time was too short."""
    return f"not decided in {seconds:.0f} s"


def tried(kind: type[Property], planted: Planted) -> list[Size]:
    """The sizes in which a planted error is looked for: the first few in which it can show."""
    can = [
        size for size in kind.sizes
        if all(size[name] == value for name, value in planted.at.items())
    ]
    return can[:MOST_TRIED]


def broken(prop: Property, answer: Answer) -> str:
    """The claims that do not hold in the last cycle of a run."""
    if answer.trace is None:
        return ""
    last = max(max(cycles) for cycles in answer.trace.values())
    return "; ".join(
        what for what, claim in prop.claims.items()
        if not answer.trace.get(claim.name, {}).get(last, 1)
    )


def trace_text(answer: Answer) -> str:
    """The last cycles of a run: a line per signal, without the claims that hold."""
    if not answer.trace:
        return ""
    last = max(max(cycles) for cycles in answer.trace.values())
    first = max(1, last - LAST_CYCLES + 1)
    lines = [
        (name, *(str(values.get(cycle, "")) for cycle in range(first, last + 1)))
        for name, values in answer.trace.items()
        if not (name.startswith("claim_") and values.get(last, 1))
    ]
    return format_table(lines, ("cycle", *map(str, range(first, last + 1))))
