"""Turns errors of checks into one sentence for the user."""

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["BadInput", "checked"]


class BadInput(Exception):
    """The user's input cannot be used. The message says why, in one sentence."""


@contextmanager
def checked() -> Iterator[None]:
    """Turns errors within this context into `BadInput`. Only for checks and access to files."""
    try:
        yield
    except OSError as error:
        raise BadInput(f"{error.filename} cannot be used: {error.strerror or error}") from error
    except (TypeError, ValueError) as error:
        raise BadInput(" ".join(str(error).split())) from error
