"""A waveform and its save file among a command's output files: complete, or not there."""

from pathlib import Path

from convolith.model.compile.schedule import Schedule
from convolith.sim.report.files import STANDARD_OUTPUT, OutputFiles
from convolith.sim.waves.save_file import save_file, save_file_path

__all__ = ["Waves"]


class Waves:
    """A waveform ``path`` and a save file beside it. They appear with the other outputs.

    Raises
    ------
    TypeError, ValueError
        If ``path`` is not a path, or one of the files cannot be written.
    """

    def __init__(self, outputs: OutputFiles, path: Path | str):
        if not isinstance(path, Path | str):
            raise TypeError(f"a waveform must be a path, not {path!r}")
        path = Path(path)
        if path == STANDARD_OUTPUT:
            raise ValueError("a waveform must be a file, not standard output (-)")
        self.outputs = outputs
        self.vcd = outputs.add(path)
        self.gtkw = outputs.add(save_file_path(path))

    @property
    def unfinished(self) -> Path:
        """The file to which the simulator writes."""
        return self.vcd.unfinished

    def save(self, schedule: Schedule, simulator: str) -> None:
        """Writes the save file."""
        self.gtkw.write_text(save_file(self.vcd.path, schedule, simulator))

    def forget(self) -> None:
        """Drops both files, as there is nothing to show."""
        for file in (self.vcd, self.gtkw):
            self.outputs.drop(file)
