"""How much memory a command takes, with all its processes (Linux)."""

import time
from pathlib import Path
from subprocess import DEVNULL, Popen

from convolith.sim.benchmark.error import BenchmarkError

__all__ = ["run_measured"]

POLL_S = 0.1


def run_measured(command: list[str]) -> float:
    """Runs a command; the sum of its processes' largest sizes, in MiB.

    That is no less than what all took at any one time: pages that they share count for each.
    A process's size is the kernel's own maximum, as it stood at most 0.1 s before its end.

    Raises
    ------
    BenchmarkError
        If the command fails.
    """
    sizes: dict[int, float] = {}
    with Popen(command, stdout=DEVNULL) as process:
        while process.poll() is None:
            _look(process.pid, sizes)
            time.sleep(POLL_S)
    if process.returncode:
        raise BenchmarkError(f"{' '.join(command)} failed (exit status {process.returncode})")
    return sum(sizes.values())


def _look(pid: int, sizes: dict[int, float]) -> None:
    """Notes the maximum so far of a process and of its descendants."""
    folder = Path("/proc") / str(pid)
    try:
        status = (folder / "status").read_text()
        children = [path.read_text() for path in folder.glob("task/*/children")]
    except OSError:
        return  # it has just ended
    peak = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    if peak:
        sizes[pid] = max(sizes.get(pid, 0.0), int(peak[0]) / 1024)
    for child in " ".join(children).split():
        _look(int(child), sizes)
