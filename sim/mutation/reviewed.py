"""Mutants that no stimulus finds, and that a person has looked at: why each may live."""

import json
from importlib.resources import files
from typing import NamedTuple

from convolith.sim.mutation.mutant import Key

__all__ = ["HOW", "Review", "reviewed"]

HOW = ("proved", "bounded", "dead bit", "power only", "reviewed", "not found")
"""How it is known that a mutant does no harm: a tool has proved it; up to a number of cycles;
nothing uses the bit; it costs power alone; or a person's reason is all there is. ``not found``: it
could do harm, and no stage has what shows it."""


class Review(NamedTuple):
    """Why a mutant may live, and how that is known (`HOW`)."""

    how: str
    reason: str


def reviewed() -> dict[Key, Review]:
    """All reviews, by the mutants' keys (reviewed.json)."""
    text = files(__package__).joinpath("reviewed.json").read_text()
    found: dict[Key, Review] = {}
    for entry in json.loads(text):
        configuration, block, line, place, mode = entry["mutant"]
        found[configuration, block, line, place, mode] = Review(entry["how"], entry["reason"])
    return found
