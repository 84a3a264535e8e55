"""Stops of a tour: cycles that are worth a look, found in the recording."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from convolith.model.compile.terms import NONE
from convolith.sim.watch.recorded.outputs import Outputs
from convolith.sim.watch.recorded.recording import NO_READ
from convolith.sim.watch.recorded.trace import Trace

__all__ = ["stops_json"]

READ = "The first word is read from the memory of x."
FIRST = "The first product of an output: its sum begins."
SKEW = "Row {row} begins one cycle after the row above it: weights go on from row to row."
LAST = "The last product of this output: until here its sum has stayed in its PE."
LEAVES = "The row with this output leaves the core."
NEXT = "The next tile begins in the same PEs, while the sums of the last are on their way out."
END = "The last row leaves: the layer has ended."

MOST_TRIED = 100  # outputs, of which one is looked for


@dataclass(frozen=True)
class _Stop:
    """A cycle, a PE, and what there is to see."""

    cycle: int
    pe: tuple[int, int]
    text: str


def stops_json(trace: Trace, outputs: Outputs) -> list[dict[str, Any]]:
    """In their order: each has a cycle, a PE, and a sentence."""
    stops = [*_reads(trace), *_first_output(trace, outputs)]
    if trace.recording.last == trace.convolution.schedule.cycles:
        stops.append(_Stop(trace.recording.last, (0, 0), END))
    ordered = sorted(stops, key=lambda stop: stop.cycle)
    return [{"cycle": stop.cycle, "pe": list(stop.pe), "text": stop.text} for stop in ordered]


def _reads(trace: Trace) -> list[_Stop]:
    if trace.recording.first > 1:  # which was first is not known
        return []
    read = np.flatnonzero(trace.recording.reads["act"] != NO_READ)
    return [_Stop(trace.recording.first + int(i), (0, 0), READ) for i in read[:1]]


def _first_output(trace: Trace, outputs: Outputs) -> list[_Stop]:
    """What becomes of the first output of which all products were recorded, in one PE."""
    if len(trace.parts) > 1:
        return []
    first, layer = trace.recording.first, trace.layer
    begun = (trace.y != NONE) & trace.begins[..., None]
    total = layer.group_IC * layer.KX * layer.KY
    found = (
        place for place in np.argwhere(begun)[:MOST_TRIED]
        if len(terms := trace.history(int(trace.y[tuple(place)]))) == total
        and len({term.pe for term in terms}) == 1
    )
    if (place := next(found, None)) is None:
        return []
    adding = np.argwhere(begun)
    adding = adding[adding[:, 0] >= place[0]]
    i, row, column = (int(k) for k in place)
    stops = [_Stop(first + i, (row, column), FIRST)]
    if len(later := adding[adding[:, 1] == row + 1]) and later[0][0] == i + 1:
        stops.append(_Stop(first + i + 1, (row + 1, int(later[0][2])), SKEW.format(row=row + 1)))
    output = int(trace.y[i, row, column])
    last = trace.history(output)[-1]
    stops.append(_Stop(last.cycle, last.pe, LAST))
    if (left := int(outputs.left[output])) <= trace.recording.last:
        stops.append(_Stop(left, last.pe, LEAVES))
    begins = first + np.flatnonzero(begun[:, row, column])
    stops += [_Stop(int(cycle), (row, column), NEXT) for cycle in begins[begins > last.cycle][:1]]
    return stops
