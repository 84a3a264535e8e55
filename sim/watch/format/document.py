"""A trace as JSON: the format ``convolith-trace``, which docs/watch.md describes."""

import json
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

import convolith
from convolith.sim.engines.contract.simulator import Fault
from convolith.sim.watch.format.beats import Beats
from convolith.sim.watch.format.coding import differences, plain
from convolith.sim.watch.format.loops import loops_json
from convolith.sim.watch.format.stops import stops_json
from convolith.sim.watch.format.tensors import tensors_json
from convolith.sim.watch.format.tiles import pieces_json, rows_json, tiles_json
from convolith.sim.watch.recorded.numbers import Numbers
from convolith.sim.watch.recorded.outputs import Outputs, wrong_sum
from convolith.sim.watch.recorded.recording import NO_READ
from convolith.sim.watch.recorded.trace import Trace

__all__ = ["FORMAT", "VERSION", "document", "schema"]

FORMAT, VERSION = "convolith-trace", 1


def document(
    trace: Trace, outputs: Outputs, *, title: str, simulator: str, fault: Fault | None = None
) -> dict[str, Any]:
    """All that a page shows, as JSON's objects, lists, numbers and strings.

    Raises
    ------
    SimulationError
        If the RTL had other operands than the indices say, or, without a fault, other sums.
    """
    trace.check(sums=fault is None)
    convolution, config = trace.convolution, trace.config
    layer = convolution.own_layer
    beats, numbers = Beats(trace), Numbers.of(convolution)
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": title,
        "tool": f"convolith {convolith.__version__}",
        "simulator": simulator,
        "reference": convolution.reference.name,
        "equal": outputs.equal,
        "cycles": convolution.schedule.cycles,
        "window": [trace.recording.first, trace.recording.last],
        "macs": layer.macs,
        "layer": {
            "text": str(layer),
            "dims": layer.dims,
            "stride": list(layer.stride),
            "padding": list(layer.padding),
            "padding_mode": convolution.reference.padding_mode,
            "padding_after": list(layer.padding_after or layer.padding),
            "dilation": list(layer.dilation),
            "groups": layer.groups,
        },
        "array": {
            "text": config.shape, "rows": config.rows, "cols": config.cols, "dot": config.dot,
        },
        "mapping": convolution.schedule.mapping,
        "steps": {"x": numbers.x, "w": numbers.w, "y": numbers.y},
        "outside": convolution.padding_value,
        "notes": numbers.notes(convolution),
        "tensors": tensors_json(trace, outputs),
        "bias": None if convolution.bias is None else plain(convolution.bias),
        "requantized": _requantized(trace),
        "loops": loops_json(trace, beats),
        "pieces": pieces_json(trace),
        "tiles": tiles_json(trace),
        "beats": beats.as_json(),
        "sums": _sums(trace),
        "reads": [
            {
                "memory": memory,
                "cycle": differences(trace.recording.first + np.flatnonzero(read != NO_READ)),
                "address": differences(read[read != NO_READ]),
            }
            for memory, read in trace.recording.reads.items()
        ],
        "rows": rows_json(trace),
        "wrong": [[wrong.index, wrong.expected] for wrong in outputs.wrong()],
        "fault": None if fault is None else asdict(fault) | {"differs": _differs(trace)},
        "stops": stops_json(trace, outputs),
    }


def _sums(trace: Trace) -> dict[str, Any]:
    """Where a sum is not the one before, or 0 where it begins, with the products of the cycle."""
    places = np.argwhere(trace.changes[1:])
    cycles, pes = places[:, 0] + 1, places[:, 1] * trace.config.cols + places[:, 2]
    return {
        "start": plain(trace.recording.sums[0]),
        "wrong": plain(trace.changes[0]),
        "changes": {
            "cycle": differences(trace.recording.first + cycles),
            "pe": plain(pes),
            "by": plain(trace.changes[1:][tuple(places.T)]),
        },
    }


def _differs(trace: Trace) -> dict[str, int] | None:
    wrong = wrong_sum(trace)
    return asdict(wrong) if wrong else None


def _requantized(trace: Trace) -> dict[str, Any] | None:
    """How sums become bytes, if they do."""
    convolution = trace.convolution
    output, multipliers = convolution.output, convolution.multipliers
    if not output or multipliers is None:
        return None
    return {
        "engine": convolution.reference.engine,
        "mode": trace.config.post_mode,
        "multiplier": multipliers.tolist(),
        "zero_point": output.zero_point,
        "low": output.low,
        "high": output.high,
    }


@cache
def schema() -> dict[str, Any]:
    """The JSON schema of a trace."""
    text = files("convolith.sim.watch.format").joinpath("trace.schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
