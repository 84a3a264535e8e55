"""CXXRTL: Yosys writes the core as C++, which a compiler makes a program of."""

import json
import logging
import shutil
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from amaranth.back import rtlil

from convolith.hw.memory import CoreWithMemories
from convolith.hw.name import NAME
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.simulator import BuildError
from convolith.sim.engines.native.cache import Cache, digest
from convolith.sim.engines.native.toolchain import find_compiler
from convolith.sim.engines.native.verilog import hardware_digest
from convolith.sim.engines.played.files import read_outputs, write_inputs
from convolith.sim.engines.played.observed import Outputs
from convolith.sim.engines.played.ports import Port, input_ports, output_ports
from convolith.sim.engines.played.programs import run_program
from convolith.sim.engines.played.simulator import Play
from convolith.sim.engines.played.stimulus import Stimulus
from convolith.sim.synthesis.tools import SynthesisError, Tool, yosys

__all__ = ["CxxrtlPlayer", "check_cxxrtl"]

log = logging.getLogger(__name__)

PROGRAM = "play"
HARNESS = Path(__file__).parent / "play.cpp"
RUNTIME = Path("share", "include", "backends", "cxxrtl", "runtime")
"""CXXRTL's own C++, in the folder of Yosys' Python package."""

SCRIPT = "read_rtlil core.il; write_cxxrtl -g0 core.cc"
# Without the check that each read is within its memory: our table of pixels is read beyond its
# rows, in cycles in which nobody takes what it gives.
FLAGS = ("-std=c++17", "-O1", "-w", "-DCXXRTL_NDEBUG")


def check_cxxrtl() -> tuple[Tool, tuple[str, ...]]:
    """Yosys, and the C++ compiler's command.

    Raises
    ------
    BuildError
        If one is missing.
    """
    try:
        tool = yosys()
    except SynthesisError as error:
        raise BuildError(str(error)) from error
    compiler = find_compiler()
    if compiler is None:
        raise BuildError("no C++ compiler is installed")
    return tool, compiler


class CxxrtlPlayer:
    """Builds cores as programs, from the RTLIL that Amaranth writes. They are kept in the cache.

    Parameters
    ----------
    cache : Cache, optional
    """

    name = "cxxrtl"

    def __init__(self, cache: Cache | None = None):
        self.cache = cache or Cache()

    def build(self, config: ArrayConfig) -> Play:
        tool, compiler = check_cxxrtl()
        key = digest(
            hardware_digest(config), json.dumps(asdict(config)), tool.version, SCRIPT,
            HARNESS.read_text(), *FLAGS, run_program([*compiler, "--version"], Path.cwd()),
        )

        def make(folder: Path) -> None:
            log.info("building the %s core, CXXRTL", config.shape)
            with TemporaryDirectory(dir=folder) as work:
                _compile(config, tool, compiler, Path(work))
                (Path(work) / PROGRAM).rename(folder / PROGRAM)

        program = self.cache.get(f"core-{key}", f"{config.shape} core, CXXRTL", make) / PROGRAM
        return lambda stimulus: _play(program, stimulus)


def _compile(
    config: ArrayConfig, tool: Tool, compiler: tuple[str, ...], work: Path
) -> None:
    """RTLIL to C++ to a program in the folder ``work``."""
    text = rtlil.convert(CoreWithMemories(config), name=NAME, emit_src=False)
    (work / "core.il").write_text(text)
    try:
        tool.prepare()
        tool.run(["-q", "-p", SCRIPT], work, "core.cc")
    except SynthesisError as error:
        raise BuildError(str(error)) from error
    (work / "ports.h").write_text(
        f"#define INPUTS {_listed(input_ports(config))}\n"
        f"#define OUTPUTS {_listed(output_ports(config))}\n"
    )
    shutil.copy(HARNESS, work)
    spec = find_spec(tool.package.replace("-", "_"))
    assert spec is not None
    assert spec.origin is not None
    include = Path(spec.origin).parent / RUNTIME
    run_program([*compiler, *FLAGS, f"-I{include}", HARNESS.name, "-o", PROGRAM], work)


def _listed(ports: tuple[Port, ...]) -> str:
    """As CXXRTL calls them: ``p_``, and two underscores for each."""
    return " ".join(f"EACH(p_{port.name.replace('_', '__')})" for port in ports)


def _play(program: Path, stimulus: Stimulus) -> Outputs:
    with TemporaryDirectory(prefix="convolith-cxxrtl-") as folder:
        work = Path(folder)
        write_inputs(stimulus, work / "inputs.txt")
        run_program([str(program), "inputs.txt", "outputs.txt"], work)
        return read_outputs(work / "outputs.txt", output_ports(stimulus.config))
