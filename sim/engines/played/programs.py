"""Runs the programs that build and play cores."""

import subprocess
from pathlib import Path

from convolith.sim.engines.contract.simulator import BuildError

__all__ = ["run_program"]

LAST_LINES = 3


def run_program(command: list[str], folder: Path) -> str:
    """Runs a program in a folder; what it prints.

    Raises
    ------
    BuildError
        If it fails, with its last lines.
    """
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command, cwd=folder, text=True, errors="replace", stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
    except OSError as error:
        raise BuildError(f"{name} cannot be run: {error.strerror or error}") from error
    if done.returncode:
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        said = "; ".join(lines[-LAST_LINES:]) or "silently"
        raise BuildError(f"{name} failed (exit status {done.returncode}): {said}")
    return done.stdout
