"""The progress of a simulation, and the library's messages, on standard error."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

__all__ = ["CountProgress", "NetworkProgress", "ProgressLine", "StatusLine", "told"]

QUIET_S = 2.0  # shorter runs show nothing
LINE_EVERY_S = 10.0  # if standard error is not a terminal
REDRAW_EVERY_S = 0.2
BAR = 24


class StatusLine:
    """One line on a terminal that is rewritten, and removed at the end.

    Without a terminal, as in a log, a new line is written every LINE_EVERY_S seconds.
    """

    def __init__(self) -> None:
        self.began = monotonic()
        self.terminal = sys.stderr.isatty()
        self.next = self.began + QUIET_S
        self.drawn = False

    @property
    def elapsed(self) -> float:
        """Seconds since the line was made."""
        return monotonic() - self.began

    def due(self) -> bool:
        """Whether it is time to write."""
        return monotonic() >= self.next

    def write(self, text: str) -> None:
        self.next = monotonic() + (REDRAW_EVERY_S if self.terminal else LINE_EVERY_S)
        if self.terminal:
            sys.stderr.write(f"\r{text}\x1b[K")
            self.drawn = True
        else:
            sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        if self.drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


class ProgressLine(StatusLine):
    """The progress of one simulation. Call it with the simulated cycles and their total."""

    def __init__(self, what: str):
        super().__init__()
        self.what = what

    def __call__(self, cycles: int, total: int) -> None:
        if not self.due() or not cycles:  # without a cycle there is no rate
            return
        cycles = min(cycles, total)  # cycles after the last row do not count
        rate = cycles / self.elapsed
        left = (total - cycles) / rate
        self.write(
            f"{self.what}: {cycles:,} of {total:,} cycles, {rate:,.0f} cycles/s, {left:.0f} s left"
        )


class CountProgress(StatusLine):
    """The progress of many things of one kind. Call it with how many more are done.

    Parameters
    ----------
    what : str
        The things, and what is done to them: "layers planned".
    total : int
    """

    def __init__(self, what: str, total: int):
        super().__init__()
        self.what, self.total, self.done = what, total, 0

    def __call__(self, more: int) -> None:
        self.done += more
        if not self.due():
            return
        rate = self.done / self.elapsed
        left = (self.total - self.done) / rate
        self.write(
            f"{self.done:,} of {self.total:,} {self.what}, {rate:,.0f} per second, "
            f"{left:.0f} s left"
        )


class NetworkProgress(StatusLine):
    """The progress of many tasks, several at a time: a bar over all of their cycles.

    Parameters
    ----------
    names : list of str
        The name of each task.
    cycles : list of int
        The cycles of each task.
    """

    def __init__(self, names: list[str], cycles: list[int]):
        super().__init__()
        self.names, self.cycles = names, cycles
        self.now = [0] * len(cycles)

    def __call__(self, number: int, cycles: int) -> None:
        self.now[number] = min(cycles, self.cycles[number])
        if not self.due():
            return
        simulated, total = sum(self.now), sum(self.cycles)
        if not simulated:
            return
        running = [
            name
            for name, now, all_ in zip(self.names, self.now, self.cycles, strict=True)
            if 0 < now < all_
        ]
        rate = simulated / self.elapsed
        bar = ("#" * (BAR * simulated // total)).ljust(BAR, ".")
        self.write(
            f"[{bar}] {simulated / total:4.0%}  {' '.join(running[:2]):20}  "
            f"{rate:,.0f} cycles/s  {(total - simulated) / rate:.0f} s left"
        )


class _Said(logging.Handler):
    """Prints the library's log messages with the name of the command, ``speaker``."""

    def __init__(self, speaker: str):
        super().__init__(logging.INFO)
        self.speaker = speaker

    def emit(self, record: logging.LogRecord) -> None:
        print(f"{self.speaker}: {record.getMessage()}", file=sys.stderr, flush=True)


@contextmanager
def told(speaker: str) -> Iterator[None]:
    """Within this context, the library's log messages are printed."""
    log, said = logging.getLogger("convolith"), _Said(speaker)
    before = log.level
    log.addHandler(said)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(said)
        log.setLevel(before)
