"""From checks that raise to one sentence for the user."""

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["BadInput", "checked"]


class BadInput(Exception):
    """What the user gave cannot be used; the message says why, in one sentence."""


@contextmanager
def checked() -> Iterator[None]:
    """Errors of checks within are the user's, not ours; only checks and file access go in here."""
    try:
        yield
    except OSError as error:
        raise BadInput(f"{error.filename} cannot be used: {error.strerror or error}") from error
    except (TypeError, ValueError) as error:
        raise BadInput(" ".join(str(error).split())) from error
