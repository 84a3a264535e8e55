"""Tables as files of text: a line per clock cycle, a hexadecimal number per port."""

from collections.abc import Sequence
from pathlib import Path

from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.played.observed import Outputs
from convolith.sim.engines.played.ports import Port
from convolith.sim.engines.played.stimulus import Stimulus

__all__ = ["read_outputs", "write_inputs"]

UNDEFINED = frozenset("xXzZ")


def write_inputs(stimulus: Stimulus, path: Path) -> None:
    """Writes the table for a simulator."""
    lines = (" ".join(f"{value:x}" for value in line) for line in stimulus.lines)
    path.write_text("\n".join([*lines, ""]))


def read_outputs(path: Path, ports: Sequence[Port]) -> Outputs:
    """Reads the table that a simulator has written.

    Raises
    ------
    SimulationError
        If a line has another number of values.
    """
    found = []
    for number, line in enumerate(path.read_text().splitlines()):
        values = line.split()
        if len(values) != len(ports):
            raise SimulationError(
                f"clock cycle {number} has {len(values)} outputs, not {len(ports)}"
            )
        found.append([None if UNDEFINED & set(value) else int(value, 16) for value in values])
    return found
