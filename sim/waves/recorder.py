"""From a recording to a waveform."""

from collections.abc import Mapping
from pathlib import Path

from convolith.model.arrays import Bytes
from convolith.model.compile.schedule import Schedule
from convolith.sim.waves.fst import FstWriter
from convolith.sim.waves.variables import Shown
from convolith.sim.waves.vcd import VcdWriter
from convolith.sim.waves.writer import WaveWriter

__all__ = ["WaveRecorder"]


class WaveRecorder:
    """Writes what a simulator records as a waveform: FST where the name ends so, else VCD.

    Parameters
    ----------
    path : Path
    schedule : Schedule
    window : (int, int), optional
        The first and the last cycle; without it, all.

    Raises
    ------
    OSError
        If the file cannot be written.
    """

    def __init__(self, path: Path, schedule: Schedule, window: tuple[int, int] | None):
        self.window = window or (1, schedule.cycles)
        self.shown = Shown(schedule)
        self.writer: WaveWriter = (
            FstWriter(path) if path.suffix == ".fst" else VcdWriter(path)
        )
        self.writer.begin(self.shown.groups)

    def take(self, first: int, words: Mapping[str, Bytes]) -> None:
        self.writer.add(first, self.shown.values(first, words))

    def close(self) -> None:
        """Completes the file."""
        self.writer.close()
