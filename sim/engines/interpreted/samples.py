"""The probes of a recording, from Amaranth's simulator."""

from functools import cached_property
from typing import Any

import numpy as np

from convolith.hw.core import Core
from convolith.model.arrays import Bytes
from convolith.sim.engines.contract.probe import Recorder, probes

__all__ = ["Samples"]

CYCLES_AT_A_TIME = 1 << 10  # that a recorder gets


class Samples:
    """Probes of some cycles, from which a recorder gets them.

    Parameters
    ----------
    core : Core
        Its signals are there once it is elaborated.
    recorder : Recorder
    """

    def __init__(self, core: Core, recorder: Recorder):
        self.core, self.recorder, self.probes = core, recorder, probes(core.config)
        self.first, self.last = recorder.window
        self.begin = self.first
        self.cycles: list[list[int]] = []

    @cached_property
    def signals(self) -> list[Any]:
        """The probes' signals."""
        return [_signal(self.core, probe.path) for probe in self.probes]

    def take(self, ctx, cycle: int, values: list[int]) -> None:
        """Keeps the values of a cycle, if it is wanted."""
        if not self.first <= cycle <= self.last:
            return
        if not self.cycles:
            self.begin = cycle
        self.cycles.append(values)
        if len(self.cycles) == CYCLES_AT_A_TIME:
            self.flush()

    def flush(self) -> None:
        """Hands over the cycles that are kept."""
        if not self.cycles:
            return
        columns = zip(*self.cycles, strict=True)
        words = {
            probe.path: _packed(column, probe.width)
            for probe, column in zip(self.probes, columns, strict=True)
        }
        self.cycles = []
        self.recorder.take(self.begin, words)


def _signal(core: Core, path: str) -> Any:
    """The signal of a probe."""
    block, _, name = path.rpartition(".")
    if block in ("observer", "array"):
        return getattr(getattr(core, block), name)
    if block:
        _, row, column = block.rsplit("_", 2)
        return getattr(core.array.pes[int(row)][int(column)], name)
    port, _, part = path.partition("__")
    found = getattr(core, port)
    if part:
        found = getattr(found, part)
    return found.as_value() if part == "payload" else found


def _packed(values: tuple[int, ...], width: int) -> Bytes:
    """Values of a signal as words, (cycles, bytes)."""
    if width < 64:
        numbers = np.array(values, dtype=np.int64) & np.int64((1 << width) - 1)
        return numbers.view(np.uint8).reshape(len(values), 8)
    size, mask = -(-width // 8), (1 << width) - 1
    packed = b"".join((value & mask).to_bytes(size, "little") for value in values)
    return np.frombuffer(packed, np.uint8).reshape(len(values), size)
