"""A waveform and its save file among a command's outputs."""

from pathlib import Path

from convolith.model.schedule import Schedule
from convolith.sim.files import STANDARD_OUTPUT, OutputFiles
from convolith.sim.waves import save_file, save_file_path

__all__ = ["Waves"]


class Waves:
    """The two files of ``--waves PATH``; they appear with the command's other outputs.

    Raises
    ------
    ValueError
        If one of them cannot be written.
    """

    def __init__(self, outputs: OutputFiles, path: Path):
        if path == STANDARD_OUTPUT:
            raise ValueError("a waveform must be a file, not standard output (-)")
        self.outputs = outputs
        self.vcd = outputs.add(path)
        self.gtkw = outputs.add(save_file_path(path))

    @property
    def unfinished(self) -> Path:
        """Where the simulator writes to."""
        return self.vcd.unfinished

    def save(self, schedule: Schedule, simulator: str) -> None:
        """Writes the save file."""
        self.gtkw.write_text(save_file(self.vcd.path, schedule, simulator))

    def forget(self) -> None:
        """There is nothing to show."""
        for file in (self.vcd, self.gtkw):
            self.outputs.drop(file)
