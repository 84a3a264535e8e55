"""Icarus Verilog: it interprets Verilog, and knows undefined values."""

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from convolith.hw.name import NAME
from convolith.hw.verilog import core_verilog
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.simulator import BuildError
from convolith.sim.engines.played.bench import BENCH, bench_verilog
from convolith.sim.engines.played.files import read_outputs, write_inputs
from convolith.sim.engines.played.observed import Outputs
from convolith.sim.engines.played.ports import output_ports
from convolith.sim.engines.played.programs import run_program
from convolith.sim.engines.played.simulator import Play
from convolith.sim.engines.played.stimulus import Stimulus

__all__ = ["IcarusPlayer", "check_icarus"]

PROGRAMS = ("iverilog", "vvp")


def check_icarus() -> None:
    """Whether the programs are there.

    Raises
    ------
    BuildError
        If not.
    """
    for name in PROGRAMS:
        if not shutil.which(name):
            raise BuildError(
                f"the program {name} is not installed (Debian: apt-get install iverilog)"
            )


class IcarusPlayer:
    """Builds cores that Icarus interprets.

    Parameters
    ----------
    name : str
    verilog : callable
        The Verilog of a core with memories: as we write it, or a netlist.
    """

    def __init__(
        self, name: str = "icarus", verilog: Callable[[ArrayConfig], str] = core_verilog
    ):
        self.name, self.verilog = name, verilog

    def build(self, config: ArrayConfig) -> Play:
        check_icarus()
        # It stays as long as the core is used.
        folder = TemporaryDirectory(prefix="convolith-icarus-")
        work = Path(folder.name)
        (work / f"{NAME}.v").write_text(self.verilog(config))
        (work / f"{BENCH}.v").write_text(bench_verilog(config))
        # By Verilog-2005's rules combinational blocks run once at the beginning.
        sources = [f"{BENCH}.v", f"{NAME}.v"]
        run_program(["iverilog", "-g2005", "-s", BENCH, "-o", BENCH, *sources], work)

        def play(stimulus: Stimulus) -> Outputs:
            assert folder
            write_inputs(stimulus, work / "inputs.txt")
            run_program(["vvp", "-n", BENCH, "+inputs=inputs.txt", "+outputs=outputs.txt"], work)
            return read_outputs(work / "outputs.txt", output_ports(config))

        return play
