"""The tiles of a trace, and the rows of sums that they give."""

from typing import Any

import numpy as np

from convolith.model.arrays import Ints
from convolith.model.dataflow.post_rows import chunks
from convolith.model.dataflow.sequence import all_tiles
from convolith.sim.watch.format.coding import differences, plain
from convolith.sim.watch.recorded.trace import Trace

__all__ = ["pieces_json", "rows_json", "tiles_json"]


def pieces_json(trace: Trace) -> list[dict[str, Any]]:
    """The runs of the core, one after the other."""
    return [
        {
            "begin": part.begin,
            "cycles": part.terms.piece.cycles,
            "mapping": part.terms.piece.mapping.name,
            "delay": [part.terms.tiling.delay(row) for row in range(trace.config.rows)],
            "kept": not part.terms.piece.last,
        }
        for part in trace.parts
    ]


def tiles_json(trace: Trace) -> dict[str, Any]:
    """All tiles of the run; the outputs of those that were recorded."""
    piece: list[int] = []
    for number, part in enumerate(trace.parts):
        piece += [number] * part.terms.tiling.tiles
    recorded = [part.first_tile + beat.tile for part in trace.parts for beat in part.beats]
    first = min(recorded, default=0)
    outputs = []
    for part in trace.parts:
        seen = sorted({beat.tile for beat in part.beats})
        outputs += [plain(part.terms.outputs[tile]) for tile in seen]
    return {
        "piece": differences(piece),
        "start": differences([
            part.begin + part.terms.first + start for part in trace.parts
            for start in part.terms.starts
        ]),
        "cycles": [part.terms.tiling.tile_cycles for part in trace.parts],
        "first": first,
        "outputs": outputs,
    }


def rows_json(trace: Trace) -> dict[str, Any]:
    """When sums are complete, and when they leave: of recorded cycles; before them, how many."""
    cycles, rows = [], []
    for part in trace.parts:
        tiling = part.terms.tiling
        kept = not part.terms.piece.last
        for number, tile in enumerate(all_tiles(tiling.sequence())):
            end = part.begin + part.terms.first + part.terms.starts[number] + tiling.tile_cycles - 1
            cycles += [end + tiling.delay(row) for row in tile.rows]
            rows += [(row, kept) for row in tile.rows]
    complete = np.array(cycles)
    left = np.concatenate([np.zeros(0, dtype=np.int64), *_leaving(trace)])
    first, last = trace.recording.first, trace.recording.last
    seen = np.flatnonzero((complete >= first) & (complete <= last))
    stay = np.array([kept for _, kept in rows])
    out = left[(left >= first) & (left <= last)]
    return {
        "complete": {
            "before": int(((complete < first) & ~stay).sum()),
            "cycle": differences(complete[seen]),
            "row": [rows[i][0] for i in seen],
            "kept": [int(rows[i][1]) for i in seen],
        },
        "drained": differences(first + np.flatnonzero(trace.recording.drained)),
        "out": {"before": int((left < first).sum()), "cycle": differences(out)},
    }


def _leaving(trace: Trace) -> list[Ints]:
    """For each piece the cycles in which its rows have left, each with its last word."""
    found = []
    for part, cycles in zip(trace.parts, trace.recording.run.row_cycles, strict=True):
        if part.terms.piece.last:
            words = chunks(part.terms.tiling) if trace.convolution.output else 1
            found.append(cycles[words - 1 :: words])
    return found
