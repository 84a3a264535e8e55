"""A campaign's result, as a table and as JSON."""

from typing import Any

from convolith.sim.fuzz.campaign import Campaign
from convolith.sim.fuzz.kinds import SUMS
from convolith.sim.fuzz.unit import EQUAL, REFUSED, TOO_LONG, TRAITS
from convolith.sim.report.table import format_table

__all__ = ["campaign_json", "campaign_table"]

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


def campaign_json(campaign: Campaign) -> dict[str, Any]:
    """The same numbers, and the failures, for JSON."""
    return {
        "seed": campaign.seed,
        "seconds": campaign.elapsed,
        "complete": campaign.complete,
        "cases": {
            kind: {line: counts[line] for line in LINES} for kind, counts in campaign.counts.items()
        },
        "failures": [{"name": one.name, "why": one.why} for one in campaign.failures],
    }
