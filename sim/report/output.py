"""Standard output with errors that are one sentence."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from typing import TextIO

__all__ = ["OutputError", "checked_output", "standard_output"]


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


_stream: ContextVar[TextIO | None] = ContextVar("standard output", default=None)


def standard_output(content: bytes) -> None:
    """Writes to standard output, even if ``print`` goes to standard error."""
    stream = _stream.get() or sys.stdout
    with translated():
        stream.flush()
        stream.buffer.write(content)
        stream.buffer.flush()


@contextmanager
def checked_output(*, printed_to_stderr: bool = False) -> Iterator[None]:
    """Within this context, ``print`` raises `OutputError`, or the context does so at its end.

    ``printed_to_stderr``: ``print`` goes to standard error, and only `standard_output` writes to
    standard output.
    """
    stream = sys.stdout
    checked = Checked(stream)
    before = _stream.set(stream)
    try:
        with redirect_stdout(sys.stderr if printed_to_stderr else checked):
            yield
            checked.flush()
    except OutputError:
        # The rest of the buffer is dropped, or Python would raise the error again when it exits.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        raise
    finally:
        _stream.reset(before)
