"""How far a simulation is, and what the library does meanwhile, on standard error."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

__all__ = ["NetworkProgress", "ProgressLine", "StatusLine", "told"]

QUIET_S = 2.0  # short runs say nothing
LINE_EVERY_S = 10.0  # where there is no terminal to rewrite a line on
REDRAW_EVERY_S = 0.2
BAR = 24


class StatusLine:
    """One line that is written again and again; a log gets a new one now and then instead.

    It leaves no trace on a terminal when closed.
    """

    def __init__(self) -> None:
        self.began = monotonic()
        self.terminal = sys.stderr.isatty()
        self.next = self.began + QUIET_S
        self.drawn = False

    @property
    def elapsed(self) -> float:
        """Seconds since it was made."""
        return monotonic() - self.began

    def due(self) -> bool:
        """It is time to write something."""
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
    """Call it with the cycles simulated so far, and all."""

    def __init__(self, what: str):
        super().__init__()
        self.what = what

    def __call__(self, cycles: int, total: int) -> None:
        if not self.due() or not cycles:  # without a cycle there is no rate
            return
        cycles = min(cycles, total)  # what comes behind the last row is not counted
        rate = cycles / self.elapsed
        left = (total - cycles) / rate
        self.write(
            f"{self.what}: {cycles:,} of {total:,} cycles, {rate:,.0f} cycles/s, {left:.0f} s left"
        )


class NetworkProgress(StatusLine):
    """Many tasks, several at a time: a bar over the cycles of all.

    Parameters
    ----------
    names : list of str
        Each task's.
    cycles : list of int
        What each will take.
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
    """What the library logs, in the words of whoever runs it."""

    def __init__(self, speaker: str):
        super().__init__(logging.INFO)
        self.speaker = speaker

    def emit(self, record: logging.LogRecord) -> None:
        print(f"{self.speaker}: {record.getMessage()}", file=sys.stderr, flush=True)


@contextmanager
def told(speaker: str) -> Iterator[None]:
    """Within, the library says what it does."""
    log, said = logging.getLogger("convolith"), _Said(speaker)
    before = log.level
    log.addHandler(said)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(said)
        log.setLevel(before)
