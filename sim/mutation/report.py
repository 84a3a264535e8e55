"""What became of mutants, as a table per block and as JSON."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from convolith.sim.mutation.campaign import Verdict
from convolith.sim.mutation.mutant import Key, Mutant
from convolith.sim.mutation.reviewed import HOW, KINDS, Review
from convolith.sim.mutation.stage import STAGES
from convolith.sim.report.table import format_table

__all__ = [
    "BARS",
    "Outcome",
    "configuration_table",
    "outcome_json",
    "outcome_table",
    "survivors_text",
]


BARS = {"fuzz": 92, "": 97}
"""What share of all mutants must be found, per cent: by the first stage; and by all stages."""


class Outcome:
    """Mutants with their verdicts.

    Parameters
    ----------
    mutants : sequence of Mutant
    verdicts : sequence of Verdict
    reviews : mapping of Review
        Why survivors may live.
    """

    def __init__(
        self, mutants: Sequence[Mutant], verdicts: Sequence[Verdict],
        reviews: Mapping[Key, Review],
    ):
        found = {(one.configuration, one.number): one for one in verdicts}
        self.judged = [
            (mutant, found[mutant.configuration, mutant.number])
            for mutant in mutants if (mutant.configuration, mutant.number) in found
        ]
        self.reviews = dict(reviews)

    @property
    def survivors(self) -> list[Mutant]:
        """Mutants that nothing found."""
        return [mutant for mutant, verdict in self.judged if not verdict.stage]

    @property
    def new(self) -> list[Mutant]:
        """Survivors that nobody has looked at."""
        return [mutant for mutant in self.survivors if mutant.key not in self.reviews]

    @property
    def stale(self) -> list[Key]:
        """Reviews of mutants that something finds now, or that are no more."""
        living = {mutant.key for mutant in self.survivors}
        return [key for key in self.reviews if key not in living]

    def share(self, *stages: str) -> float:
        """The part of the mutants that these stages found, per cent; without any: all of them."""
        wanted = stages or tuple(STAGES)
        found = sum(verdict.stage in wanted for _, verdict in self.judged)
        return 100 * found / max(1, len(self.judged))

    @property
    def missed(self) -> list[str]:
        """What is below its bar, in words."""
        found = []
        for stage, bar in BARS.items():
            share = self.share(*[stage] * bool(stage))
            if share < bar:
                who = f"the stage {stage} finds" if stage else "all stages find"
                found.append(f"{who} {share:.1f} % of the mutants, and should find {bar} %")
        return found

    @property
    def known_by(self) -> Counter[tuple[str, str]]:
        """How many survivors are reviewed in which way (`HOW`), by which kind of reason."""
        keys = [mutant.key for mutant in self.survivors]
        reviews = [self.reviews[key] for key in keys if key in self.reviews]
        return Counter((review.how, review.kind) for review in reviews)


def outcome_table(outcome: Outcome) -> str:
    """A line per block: its mutants, how many each stage found, and how many live."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for mutant, verdict in outcome.judged:
        for name in (mutant.block, "all"):
            counts[name].update((verdict.stage, "mutants"))
    lines = [
        (name, *(f"{counts[name][column]:,}" for column in ("mutants", *STAGES, "")))
        for name in (*sorted(set(counts) - {"all"}), "all")
    ]
    return format_table(lines, ("block", "mutants", *STAGES, "live"))


def configuration_table(outcome: Outcome) -> str:
    """A line per configuration: its mutants, and the shares that were found."""
    parts: dict[str, list[tuple[Mutant, Verdict]]] = defaultdict(list)
    for one in outcome.judged:
        parts[one[0].configuration].append(one)
    lines = []
    for name, judged in (*parts.items(), ("all", outcome.judged)):
        first = sum(verdict.stage == "fuzz" for _, verdict in judged)
        found = sum(bool(verdict.stage) for _, verdict in judged)
        count = len(judged)
        lines.append((name, f"{count:,}", *(f"{100 * n / count:.1f}%" for n in (first, found))))
    return format_table(lines, ("configuration", "mutants", "by fuzz", "by all stages"))


def survivors_text(outcome: Outcome) -> str:
    """Per survivor what it is, and why it may live, or that it is new; and how many are which."""
    lines = []
    for mutant in outcome.survivors:
        review = outcome.reviews.get(mutant.key)
        why = f"{review.how}: {review.reason}" if review else "NEW"
        lines.append(f"{mutant}\n    {mutant.source.text or mutant.cell}\n    {why}")
    counts = [
        (how, KINDS.get(kind, ""), f"{outcome.known_by[how, kind]}")
        for how, kind in sorted(
            outcome.known_by, key=lambda one: (HOW.index(one[0]), -outcome.known_by[one])
        )
    ]
    counts += [("NEW", "", str(len(outcome.new)))] if outcome.new else []
    table = format_table(counts, ("known by", "kind of reason", "survivors"))
    return "\n".join([*lines, "", table])


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "mutants": len(outcome.judged),
        "found_by_fuzz": outcome.share("fuzz"),
        "found": outcome.share(),
        "known_by": dict(Counter(how for how, _ in outcome.known_by.elements())),
        "kinds": dict(Counter(kind for _, kind in outcome.known_by.elements() if kind)),
        "causes": dict(Counter(verdict.cause for _, verdict in outcome.judged if verdict.stage)),
        "survivors": [
            {"mutant": list(mutant.key), "source": str(mutant.source), "number": mutant.number,
             "reviewed": mutant.key in outcome.reviews}
            for mutant in outcome.survivors
        ],
    }
