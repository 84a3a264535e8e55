"""Mutants that no stimulus finds, and that a person has looked at: why each may live."""

import json
from importlib.resources import files
from typing import NamedTuple

from convolith.sim.mutation.mutant import Key

__all__ = ["HOW", "KINDS", "Review", "reviewed"]

HOW = ("proved", "bounded", "dead bit", "power only", "reviewed", "not found")
"""How it is known that a mutant does no harm: a tool has proved it; up to a number of cycles;
nothing uses the bit; it costs power alone; or a person's reason is all there is. ``not found``: it
could do harm, and no stage has what shows it."""

KINDS = {
    "said twice": "another flag or register says the same, or the flag counts only with one",
    "sign only": "a number is negative or very large, and only that is used",
    "lowest bits": "of a sum's lowest bits counts only whether any is 1: another one is",
    "left behind": "what a row, a tile or a round leaves is overwritten before it is used",
    "reset": "something sets the flag before it is looked at",
    "same place": "a table is written and read at another place, but at the same one",
    "settled delay": "a patch's delay counts as settled too early or late, while no row passes",
}
"""Why a mutant does no harm, in one word or two, if a person's reason is all there is."""


class Review(NamedTuple):
    """Why a mutant may live, how that is known (`HOW`), and which kind of reason it is (`KINDS`).

    Reasons that are not a person's alone have no kind.
    """

    how: str
    reason: str
    kind: str = ""


def reviewed() -> dict[Key, Review]:
    """All reviews, by the mutants' keys (reviewed.json)."""
    text = files(__package__).joinpath("reviewed.json").read_text()
    found: dict[Key, Review] = {}
    for entry in json.loads(text):
        configuration, block, line, place, mode = entry["mutant"]
        found[configuration, block, line, place, mode] = Review(
            entry["how"], entry["reason"], entry.get("kind", "")
        )
    return found
