"""A campaign's result, as tables and as JSON."""

from typing import Any

from convolith.sim.fuzz.campaign import Campaign
from convolith.sim.fuzz.features import FEATURES, PAIRS
from convolith.sim.fuzz.kinds import SUMS
from convolith.sim.fuzz.traits import TRAITS
from convolith.sim.fuzz.trials import REFUSED, TOO_LONG
from convolith.sim.fuzz.unit import EQUAL
from convolith.sim.report.table import format_table

__all__ = ["campaign_json", "campaign_table", "pairs_table", "ranges_table"]

LINES = (EQUAL, *TRAITS, REFUSED, TOO_LONG)


def campaign_table(campaign: Campaign) -> str:
    """The numbers of cases, with a column for each kind of unit. The indented lines overlap."""
    kinds = list(campaign.counts)
    lines = [
        (
            line if line not in TRAITS else f"  {line}",
            *("" if kind in SUMS and line != EQUAL else f"{campaign.counts[kind][line]:,}"
              for kind in kinds),
        )
        for line in LINES
    ]
    return format_table(lines, ("cases", *kinds))


def ranges_table(campaign: Campaign) -> str:
    """For each number of the cases the least and the greatest, with a column for each kind."""
    names = list(dict.fromkeys(name for met in campaign.met.values() for name in met.ranges))
    lines = [
        (name, *(_range(met.ranges.get(name)) for met in campaign.met.values())) for name in names
    ]
    return format_table(lines, ("numbers from .. to", *campaign.met)) if lines else ""


def pairs_table(campaign: Campaign) -> str:
    """For each pair of features in how few cases its values met, and which never did."""
    lines = []
    names = list(FEATURES)
    for number, first in enumerate(names):
        for second in names[number + 1 :]:
            pairs = [
                pair for pair in PAIRS
                if pair[0].startswith(f"{first}: ") and pair[1].startswith(f"{second}: ")
            ]
            lines.append((
                f"{first} x {second}",
                *(_met([met.pairs[pair] for pair in pairs]) for met in campaign.met.values()),
            ))
    table = format_table(lines, ("pairs that met (fewest cases)", *campaign.met))
    never = [
        f"never met on {kind}: {' + '.join(pair)}"
        for kind in campaign.met for pair in campaign.unmet(kind)
    ]
    return "\n".join([table, *never])


def _range(found: tuple[int, int] | None) -> str:
    return "" if found is None else f"{found[0]:,} .. {found[1]:,}"


def _met(counts: list[int]) -> str:
    """How many of some pairs, and the fewest cases of one."""
    return f"{sum(map(bool, counts))} of {len(counts)} ({min(counts):,})"


def campaign_json(campaign: Campaign) -> dict[str, Any]:
    """The same numbers, and the failures, for JSON."""
    return {
        "seed": campaign.seed,
        "seconds": campaign.elapsed,
        "complete": campaign.complete,
        "cases": {
            kind: {line: counts[line] for line in LINES} for kind, counts in campaign.counts.items()
        },
        "ranges": {kind: met.ranges for kind, met in campaign.met.items()},
        "pairs": {
            kind: {" + ".join(pair): met.pairs[pair] for pair in PAIRS}
            for kind, met in campaign.met.items()
        },
        "failures": [{"name": one.name, "why": one.why} for one in campaign.failures],
    }
