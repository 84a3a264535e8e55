"""A layer's exported folder: written, built by Icarus, and run from its files alone."""

import re
import subprocess
from pathlib import Path

from convolith.sim.export.testbench.folder import bench_folder

__all__ = ["build", "play", "write_bench"]


def write_bench(folder: Path, compiled, **options) -> Path:
    """Writes the folder of `convolith testbench`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in bench_folder(compiled, **options).items():
        (folder / name).write_text(text)
    return folder


def build(folder: Path) -> Path:
    """Builds the bench as the folder's README says for Icarus."""
    command = re.search(r"^    (iverilog .*)$", (folder / "README.md").read_text(), re.MULTILINE)
    done = subprocess.run(command[1].split(), cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return folder


def play(folder: Path, *arguments: str) -> tuple[int, str]:
    """Runs the built bench: the exit status, and what it prints."""
    (bench,) = folder.glob("*.vvp")
    command = ["vvp", "-n", bench.name, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    assert done.stderr == ""
    return done.returncode, done.stdout.strip()
