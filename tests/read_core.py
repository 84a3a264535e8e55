"""A core that runs layers one behind the other, and the addresses that it reads.

The core is the generated Verilog, built with Verilator around a small program (``read_play.cpp``).
"""

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from convolith.hw.layouts.registers import register_layout
from convolith.hw.name import NAME
from convolith.model.arrays import Ints
from convolith.model.numbers.packing import pack_fields
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import memories, registers
from convolith.sim.engines.native.build import CXX, VERILATOR
from convolith.sim.engines.native.cache import Cache, digest
from convolith.sim.engines.native.kind import FAST
from convolith.sim.engines.native.toolchain import Toolchain
from convolith.sim.engines.native.verilog import cached_verilog
from convolith.sim.engines.native.wrapper import TOP, ports_header, wrapper
from convolith.sim.engines.played.programs import run_program

__all__ = ["ReadCore"]

PLAY = Path(__file__).with_name("read_play.cpp")
PROGRAM = "read_play"
FLAGS = [*CXX, "-O2", "-DVM_TRACE=0", "-DVM_TRACE_VCD=0"]
RUNTIME = ("verilated.cpp", "verilated_threads.cpp")


@dataclass(frozen=True)
class ReadCore:
    """A core without memories: they give zeros, and a program notes what is read.

    Parameters
    ----------
    config : ArrayConfig
        Without lanes.
    """

    config: ArrayConfig

    def reads(self, layers: list[dict[str, int]]) -> dict[str, Ints]:
        """Per memory the addresses that layers with these registers read, in order."""
        size = word_bytes(register_layout(self.config).size)
        fields = registers(self.config)
        words = [pack_fields(fields, layer).to_bytes(size, "little") for layer in layers]
        with TemporaryDirectory() as folder:
            work = Path(folder)
            (work / "layers").write_bytes(b"".join(words))
            run_program([str(program(self.config)), "layers", "."], work)
            return {
                name: np.fromfile(work / name, dtype="<u4").astype(np.int64)
                for name in memories(self.config)
            }


def word_bytes(bits: int) -> int:
    """The bytes of a port in Verilator's C++."""
    return next((size for size in (1, 2, 4, 8) if bits <= 8 * size), 4 * math.ceil(bits / 32))


@cache
def program(config: ArrayConfig) -> Path:
    """The built program, from the cache if it is there."""
    tools, store = Toolchain.find(), Cache()
    files = {
        f"{NAME}.v": cached_verilog(config, store), f"{TOP}.v": wrapper(config, FAST),
        "ports.h": ports_header(config), PLAY.name: PLAY.read_text(),
    }
    key = digest(*files.values(), *VERILATOR, *FLAGS, tools.versions)

    def make(folder: Path) -> None:
        with TemporaryDirectory(dir=folder) as name:
            work = Path(name)
            for file, text in files.items():
                (work / file).write_text(text)
            tools.verilate([*VERILATOR, f"{TOP}.v", f"{NAME}.v"], work)
            parts = sorted(path.name for path in work.glob(f"V{TOP}*.cpp"))
            core = [part for part in parts if not part.endswith("__ALL.cpp")]
            (work / "all.cpp").write_text(
                "".join(f'#include "{part}"\n' for part in [*core, PLAY.name])
            )
            include = tools.include
            tools.run(
                [*tools.compiler, *FLAGS, f"-I{include}", f"-I{include / 'vltstd'}", "all.cpp",
                 *(str(include / part) for part in RUNTIME), "-o", PROGRAM, "-pthread"], work,
            )
            (work / PROGRAM).rename(folder / PROGRAM)

    return store.get(f"core-{key}", f"{config.shape} core whose reads are noted", make) / PROGRAM
