"""From a configuration to a shared library: Verilog, Verilator, the compiler on all cores."""

import logging
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory

from convolith.hw.name import NAME
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.simulator import BuildError
from convolith.sim.engines.native.cache import Cache, digest
from convolith.sim.engines.native.kind import FAST, Kind
from convolith.sim.engines.native.loops.roll import roll
from convolith.sim.engines.native.toolchain import Toolchain
from convolith.sim.engines.native.verilog import cached_verilog, is_gated
from convolith.sim.engines.native.wrapper import TOP, observed_files, ports_header, wrapper

__all__ = ["build"]

log = logging.getLogger(__name__)

LIBRARY = "native.so"
HERE = Path(__file__).parent
HARNESS, FAST_HEADER = HERE / "harness.cpp", HERE / "fast_verilated.h"
LOOPS = "".join(path.read_text() for path in sorted((HERE / "loops").glob("*.py")))

# --x-assign, --x-initial: the Verilog gives each register a first value, nothing is undefined.
# --output-split: one function has all that happens at an edge, so that loops are as long as can be.
VERILATOR = [
    "--cc", "-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert",
    "--output-split", "1000000", "--top-module", TOP, "--Mdir", ".",
]

# Hidden symbols let the compiler inline within a file: 1.5 times the cycles/s at 8x8x4.
CXX = [
    "-std=gnu++17", "-fPIC", "-fvisibility=hidden", "-w", "-DVM_COVERAGE=0", "-DVM_SC=0",
    "-DVM_TIMING=0", "-DVM_TRACE_FST=0", "-DVM_TRACE_SAIF=0", "-DVL_IGNORE_UNKNOWN_ARCH",
]
ONCE, OFTEN, RUNTIME = "-O0", "-O3", "-O2"  # what runs once; each cycle; Verilator's own code
RUNTIME_SOURCES = ["verilated.cpp", "verilated_threads.cpp"]


def build(
    config: ArrayConfig, cache: Cache, kind: Kind = FAST, verilog: str | None = None
) -> Path:
    """The library of a core: from the cache, or built.

    Parameters
    ----------
    config : ArrayConfig
        Its memory depths do not matter.
    cache : Cache
    kind : Kind
        What it is for.
    verilog : str, optional
        The core's, in place of its own.

    Raises
    ------
    BuildError
        If a tool is missing or fails.
    CacheError
        If the cache directory cannot be used.
    """
    return _Build(config, cache, kind).library(verilog)


class _Build:
    """One configuration's way to its library."""

    def __init__(self, config: ArrayConfig, cache: Cache, kind: Kind):
        self.config, self.cache, self.kind = config, cache, kind
        self.tools = Toolchain.find()
        self.what = f"{config.shape} core{kind.suffix}"
        self.verilator = [*VERILATOR, *kind.verilator]
        trace = int(kind.observed)
        self.cxx = [*CXX, f"-DVM_TRACE={trace}", f"-DVM_TRACE_VCD={trace}"]

    def library(self, verilog: str | None = None) -> Path:
        """The entry of the core, with all that it is made from."""
        verilog = verilog or cached_verilog(self.config, self.cache, observed=self.kind.observed)
        files = {
            f"{NAME}.v": verilog,
            f"{TOP}.v": wrapper(self.config, self.kind),
            "ports.h": ports_header(self.config),
        }
        if self.kind.observed:
            files |= observed_files(self.config)
        files |= {path.name: path.read_text() for path in (HARNESS, FAST_HEADER)}
        runtime = self.runtime()
        flags = (*self.verilator, *self.cxx, *self.kind.macros, OFTEN, ONCE)
        key = digest(*files.values(), *flags, self.tools.processor, LOOPS, runtime.name)

        def make(folder: Path) -> None:
            with TemporaryDirectory(dir=folder) as work:
                for name, text in files.items():
                    (Path(work) / name).write_text(text)
                self.core(Path(work), runtime)
                self.check(Path(work) / LIBRARY)
                (Path(work) / LIBRARY).rename(folder / LIBRARY)

        return self.entry(f"core-{key}", self.what, make) / LIBRARY

    def runtime(self) -> Path:
        """The entry with Verilator's own code: the same for every core."""
        names = [*RUNTIME_SOURCES, *(["verilated_vcd_c.cpp"] if self.kind.observed else [])]
        key = digest(self.tools.versions, *names, *self.cxx, RUNTIME)
        what = "Verilator's runtime" + (self.kind.suffix if self.kind.observed else "")

        def make(folder: Path) -> None:
            sources = [(self.tools.include / name, [RUNTIME]) for name in names]
            self.compile("Verilator's runtime", folder, sources)

        return self.entry(f"runtime-{key}", what, make)

    def entry(self, name: str, what: str, make: Callable[[Path], None]) -> Path:
        return self.cache.get(
            name, what, make, waiting=lambda: self.say("waiting for another process")
        )

    def say(self, text: str) -> None:
        log.info("building the %s: %s", self.what, text)

    def core(self, work: Path, runtime: Path) -> None:
        """Verilog to C++ to the library."""
        self.say("Verilator")
        inputs = [f"{TOP}.v", f"{NAME}.v", *(["observed.vlt"] if self.kind.observed else [])]
        self.tools.verilate([*self.verilator, *inputs], work)
        roll(work, f"V{TOP}___024root")
        once: list[Path] = []
        often: list[Path] = []
        for path in sorted(work.glob(f"V{TOP}_*.cpp")):
            if not path.name.endswith("__ALL.cpp"):
                (once if "Slow" in path.name else often).append(path)
        # Small files are joined: each would read Verilator's headers again, for 1.5 s.
        joined = {"once.cpp": once, "clock.cpp": [work / f"V{TOP}.cpp", work / HARNESS.name]}
        for name, parts in joined.items():
            (work / name).write_text("".join(f'#include "{part.name}"\n' for part in parts))
        fast = [OFTEN, *self.tools.native, "-include", FAST_HEADER.name]
        fast += [f"-DCONVOLITH_COLS={self.config.cols}", *self.kind.macros]
        gated = is_gated(self.config, observed=self.kind.observed)
        fast += ["-DCONVOLITH_GATED"] if gated else []
        sources = [(path, fast) for path in [*often, work / "clock.cpp"]]
        self.compile("C++", work, [*sources, (work / "once.cpp", [ONCE])])
        self.say("linking")
        objects = [str(path) for folder in (work, runtime) for path in sorted(folder.glob("*.o"))]
        link = ["-shared", *objects, "-o", LIBRARY, "-pthread", *self.tools.libraries]
        self.tools.run([*self.tools.compiler, *link], work)

    def check(self, library: Path) -> None:
        """A library that lacks something links all the same; it must not be kept."""
        load = "import ctypes, sys; ctypes.CDLL(sys.argv[1])"
        try:
            self.tools.run([sys.executable, "-c", load, str(library)], library.parent)
        except BuildError as error:
            raise BuildError(f"the built simulator cannot be loaded: {error}") from error

    def compile(self, what: str, folder: Path, sources: list[tuple[Path, list[str]]]) -> None:
        """Objects into ``folder``, as many at a time as there are cores, the largest first."""
        include = self.tools.include
        command = [*self.tools.compiler, *self.cxx, f"-I{include}", f"-I{include / 'vltstd'}"]
        sources = sorted(sources, key=lambda source: source[0].stat().st_size, reverse=True)

        def one(source: tuple[Path, list[str]]) -> None:
            path, flags = source
            self.tools.run([*command, *flags, "-c", str(path), "-o", f"{path.stem}.o"], folder)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            running = [pool.submit(one, source) for source in sources]
            self.say(f"{what}, {len(sources)} files")
            try:
                for done, future in enumerate(as_completed(running), 1):
                    future.result()
                    self.say(f"{what}, {done} of {len(sources)} files")
            except BaseException:  # Ctrl-C included: what has not begun is not begun
                pool.shutdown(cancel_futures=True)
                raise
