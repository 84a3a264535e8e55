"""A waveform and what shows it among a command's output files: complete, or not there."""

from pathlib import Path

from convolith.model.compile.schedule import Schedule
from convolith.sim.report.files import STANDARD_OUTPUT, OutputFile, OutputFiles
from convolith.sim.waves.fst import check_fst
from convolith.sim.waves.save_file import save_file, save_file_path
from convolith.sim.waves.surfer import command_file, command_file_path
from convolith.sim.waves.variables import Shown

__all__ = ["Waves"]


class Waves:
    """A waveform ``path``; beside it a save file for GTKWave and a command file for Surfer.

    They appear with the other outputs. A name that ends in ``.fst`` gets FST, any other VCD.
    ``everything``: all that the simulator knows, as VCD, with no file beside it.

    Raises
    ------
    TypeError, ValueError
        If ``path`` is not a path, one of the files cannot be written, or FST cannot be.
    """

    def __init__(self, outputs: OutputFiles, path: Path | str, *, everything: bool = False):
        if not isinstance(path, Path | str):
            raise TypeError(f"a waveform must be a path, not {path!r}")
        path = Path(path)
        if path == STANDARD_OUTPUT:
            raise ValueError("a waveform must be a file, not standard output (-)")
        if path.suffix == ".fst":
            if everything:
                raise ValueError(
                    f"a waveform of everything must be VCD, not FST as {path.name} says"
                )
            check_fst()
        self.outputs, self.everything = outputs, everything
        self.wave = outputs.add(path)
        self.beside: list[OutputFile] = []
        if not everything:
            self.beside = [outputs.add(save_file_path(path)), outputs.add(command_file_path(path))]

    @property
    def unfinished(self) -> Path:
        """The file to which the simulator writes."""
        return self.wave.unfinished

    def save(self, schedule: Schedule) -> None:
        """Writes the files that show it."""
        if not self.everything:
            groups = Shown(schedule).groups
            gtkwave, surfer = self.beside
            gtkwave.write_text(save_file(self.wave.path, groups))
            surfer.write_text(command_file(groups))

    def forget(self) -> None:
        """Drops the files, as there is nothing to show."""
        for file in (self.wave, *self.beside):
            self.outputs.drop(file)
