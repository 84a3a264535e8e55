"""Warnings about a table that can be read all the same."""

import logging
from pathlib import Path

from convolith.model.networks.names import listed

__all__ = ["Notes"]

log = logging.getLogger(__name__)

MOST_SUBJECTS = 5


class Notes:
    """Sentences about one file. Each is logged once, for all lines that it is about."""

    def __init__(self, path: Path):
        self.path = path
        self.subjects: dict[str, list[str]] = {}

    def add(self, sentence: str, subject: str | None = None) -> None:
        """Adds a sentence about a line or a layer, ``subject``, or about the whole file."""
        subjects = self.subjects.setdefault(sentence, [])
        if subject is not None:
            subjects.append(subject)

    def tell(self) -> None:
        """Logs them as warnings, which the command line prints on standard error."""
        for sentence, subjects in self.subjects.items():
            of = f": {listed(subjects, MOST_SUBJECTS)}" if subjects else ""
            log.warning("%s: %s%s", self.path, sentence, of)
