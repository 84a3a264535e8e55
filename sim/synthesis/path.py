"""The critical path, with the names of the Python source."""

import re
from dataclasses import dataclass
from typing import Any

__all__ = ["Step", "by_module", "critical_path"]

# Suffixes that Yosys and nextpnr append to the name of the signal that a cell drives.
SUFFIX = re.compile(
    r"(_(LUT4|CCU2C|PFUMX|L6MUX21|TRELLIS_FF|TRELLIS_DPR16X4|DP16KD|SB_\w+?)(_|\$|$).*|\$.*"
    # ... and to the names of cells that we name ourselves.
    r"|([._]cell)?_(DFF)?(LC|DSP|RAM)$|[._]cell(_\d+)?$|(\.\d+)+_RAM$)"
)


@dataclass(frozen=True)
class Step:
    """A part of the path: the time from one signal to the next, in ns."""

    signal: str
    kind: str  # clk-to-q, logic, routing or setup
    delay_ns: float


def python_name(cell: str) -> str:
    """``core.nest.slot`` of ``core.nest.slot_TRELLIS_FF_Q_1``."""
    while (shorter := SUFFIX.sub("", cell)) != cell:
        cell = shorter
    return cell


def critical_path(report: dict[str, Any]) -> list[Step]:
    """The longest path between two registers, in nextpnr's report.

    Neighbouring steps of the same signal and kind, such as a carry chain, are joined.
    """
    inner = [
        path["path"]
        for path in report["critical_paths"]
        if path["from"].startswith("posedge") and path["to"].startswith("posedge")
    ]
    if not inner:
        return []
    longest = max(inner, key=lambda path: sum(part["delay"] for part in path))
    steps: list[Step] = []
    for part in longest:
        step = Step(python_name(part["to"]["cell"]), part["type"], part["delay"])
        if steps and (steps[-1].signal, steps[-1].kind) == (step.signal, step.kind):
            step = Step(step.signal, step.kind, steps.pop().delay_ns + step.delay_ns)
        if step.delay_ns:
            steps.append(step)
    return steps


def by_module(steps: list[Step]) -> dict[str, float]:
    """The path's time in ns for each module that holds signals of it, the longest first."""
    times: dict[str, float] = {}
    for step in steps:
        module = step.signal.rpartition(".")[0] or step.signal
        times[module] = times.get(module, 0.0) + step.delay_ns
    return dict(sorted(times.items(), key=lambda item: -item[1]))
