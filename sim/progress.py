"""How far a simulation is, on standard error."""

import sys
from time import monotonic

__all__ = ["ProgressLine"]

QUIET_S = 2.0  # short runs say nothing
LINE_EVERY_S = 10.0  # where there is no terminal to rewrite a line on
REDRAW_EVERY_S = 0.2


class ProgressLine:
    """Call it with the cycles simulated so far; leaves no trace on a terminal when closed."""

    def __init__(self, what: str, total: int):
        self.what, self.total = what, total
        self.began = monotonic()
        self.terminal = sys.stderr.isatty()
        self.next = self.began + QUIET_S
        self.drawn = False

    def __call__(self, cycles: int) -> None:
        now = monotonic()
        if now < self.next or not cycles:  # without a cycle there is no rate
            return
        self.next = now + (REDRAW_EVERY_S if self.terminal else LINE_EVERY_S)
        rate = cycles / (now - self.began)
        left = (self.total - cycles) / rate
        text = (
            f"{self.what}: {cycles:,} of {self.total:,} cycles, "
            f"{rate:,.0f} cycles/s, {left:.0f} s left"
        )
        if self.terminal:
            sys.stderr.write(f"\r{text}\x1b[K")
            self.drawn = True
        else:
            sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, *_: object) -> None:
        if self.drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
