"""Standard output that says in a sentence why it cannot be written."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TextIO

__all__ = ["OutputError", "checked_output"]


class OutputError(Exception):
    """Standard output is closed, or its disk is full."""


class Checked:
    """A text stream whose errors are `OutputError`."""

    def __init__(self, stream: TextIO):
        self.stream = stream

    def write(self, text: str) -> int:
        with translated():
            return self.stream.write(text)

    def flush(self) -> None:
        with translated():
            self.stream.flush()

    def __getattr__(self, name: str):
        return getattr(self.stream, name)


@contextmanager
def translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"standard output cannot be written: {error.strerror}") from error


@contextmanager
def checked_output() -> Iterator[None]:
    """Within, ``print`` raises `OutputError`, at its end at the latest."""
    stream = sys.stdout
    checked = Checked(stream)
    try:
        with redirect_stdout(checked):
            yield
            checked.flush()
    except OutputError:
        # What is still in the buffer goes nowhere, or Python would complain again at its own end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        raise
