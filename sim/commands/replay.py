"""Layers that a campaign has saved together, run again by ``convolith run --replay``."""

import argparse
import sys

from convolith.sim.engines.simulators import get_simulator
from convolith.sim.layers.chain_case import ChainCase
from convolith.sim.layers.common.prepared_layers import steps_of
from convolith.sim.layers.sequence_case import SequenceCase
from convolith.sim.report.progress import ProgressLine
from convolith.sim.report.table import format_table

__all__ = ["run_layers"]

OTHERS = (
    "output", "json", "plan", "waves", "waves_all", "waves_around_first_error", "fault",
    "from_cycle", "to_cycle",
)
HEADER = ("layer", "shape", "equal", "cycles", "mapping")


def run_layers(args: argparse.Namespace, case: ChainCase | SequenceCase) -> int:
    """Runs it, and prints a line per layer; 1 if a result is wrong.

    Raises
    ------
    ValueError
        For options that need a single layer.
    """
    for name in OTHERS:
        if getattr(args, name) not in (None, False):
            option = name.replace("_", "-")
            raise ValueError(
                f"--{option} cannot be given with several layers, as {args.replay} has"
            )
    prepared = case.prepare()
    simulator = get_simulator(args.sim)
    simulator.prepare(case.config)
    with ProgressLine("simulating") as progress:
        result = prepared.run(simulator, environment=case.environment, progress=progress)
    lines = [
        (
            str(number), str(one.layer),
            "yes" if (output == expected).all() else "no", f"{sum(cycles):,}", one.schedule.mapping,
        )
        for number, (one, output, expected, cycles) in enumerate(
            zip(prepared.layers, result.outputs, result.expected,
                steps_of(prepared.layers, result.run.step_cycles), strict=True), 1
        )
    ]
    print(format_table(lines, HEADER))
    if result.difference:
        print(f"convolith run: not equal to PyTorch: {result.difference}", file=sys.stderr)
        return 1
    return 0
