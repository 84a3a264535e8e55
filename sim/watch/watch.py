"""A layer that was watched: its page, its trace, and its cycles in words."""

import gzip
import json
from collections.abc import Sequence
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from convolith.model.checks import check_int
from convolith.sim.engines.contract.simulator import Fault, Progress, Simulator
from convolith.sim.layers.common.prepared import Prepared
from convolith.sim.report.files import OutputFiles
from convolith.sim.watch.format.document import document
from convolith.sim.watch.page.page import page
from convolith.sim.watch.recorded.outputs import Outputs
from convolith.sim.watch.recorded.recording import record
from convolith.sim.watch.recorded.trace import Term, Trace
from convolith.sim.watch.recorded.words import Words

__all__ = ["Watch", "watched"]

FRAME_HEIGHT = 820  # pixels, in a notebook


class Watch:
    """What a layer did on the array, cycle by cycle.

    In a notebook it shows itself as a page.

    Parameters
    ----------
    traces : sequence of Trace
        One, or two of one layer, to be shown beside each other.
    documents : sequence of dict
        What `document` makes of them.
    """

    def __init__(self, traces: Sequence[Trace], documents: Sequence[dict[str, Any]]):
        self.traces, self.documents = traces, documents

    @property
    def trace(self) -> dict[str, Any]:
        """The (first) trace: what JSON has of it. docs/watch.md describes the format."""
        return self.documents[0]

    @property
    def equal(self) -> bool:
        """All outputs are PyTorch's."""
        return all(one["equal"] for one in self.documents)

    @cached_property
    def _html(self) -> str:
        return page(self.documents)

    @property
    def cycles(self) -> int:
        """What the RTL took for the layer."""
        cycles: int = self.trace["cycles"]
        return cycles

    def page(self) -> bytes:
        """The HTML page: it needs no other file, and no network."""
        return self._html.encode()

    def data(self, name: str = "trace.json") -> bytes:
        """The trace as JSON, or a list of both; compressed if the file's name ends in .gz."""
        one = self.documents[0] if len(self.documents) == 1 else self.documents
        text = json.dumps(one, separators=(",", ":")).encode() + b"\n"
        return gzip.compress(text, mtime=0) if name.lower().endswith(".gz") else text

    def save(self, path: str | Path) -> None:
        """Writes the page, or, if the name ends in .json or .json.gz, the trace.

        Raises
        ------
        ValueError
            If the file cannot be written.
        """
        path = Path(path)
        is_trace = path.name.lower().endswith((".json", ".json.gz"))
        with OutputFiles() as outputs:
            outputs.add(path).write(self.data(path.name) if is_trace else self.page())

    def explain(self, cycle: int, pe: tuple[int, int] = (0, 0)) -> str:
        """One sentence: what a PE, (row, column), does in a cycle.

        Raises
        ------
        TypeError, ValueError
            For a cycle that was not recorded, or a PE that the array does not have.
        """
        trace = self.traces[0]
        check_int("the cycle", cycle, trace.recording.first, trace.recording.last)
        self._check_pe(pe)
        return Words(trace).sentence(cycle, *pe)

    def products(self, output: Sequence[int]) -> list[Term]:
        """The recorded products of an output, (n, oc, ox, oy) or (n, oc, ox), in their order.

        Raises
        ------
        TypeError, ValueError
            For an output that the layer does not have.
        """
        layer = self.traces[0].layer
        shape = (layer.N, layer.OC, layer.OX, layer.OY)
        place = tuple(output) if layer.dims == 2 else (*output[:2], 0, *output[2:])
        if len(place) != len(shape):
            raise ValueError(f"the output must be {layer.dims + 2} integers, not {len(output)}")
        for at, extent in zip(place, shape, strict=True):
            check_int("each index of the output", at, 0, extent - 1)
        return self.traces[0].history(int(np.ravel_multi_index(place, shape)))

    def terms(self, pe: tuple[int, int] = (0, 0)) -> list[Term]:
        """The recorded products of a PE, (row, column), in their order.

        Raises
        ------
        TypeError, ValueError
            For a PE that the array does not have.
        """
        self._check_pe(pe)
        return self.traces[0].of_pe(*pe)

    def _check_pe(self, pe: tuple[int, int]) -> None:
        config = self.traces[0].config
        if not isinstance(pe, Sequence) or len(pe) != 2:
            raise TypeError(f"the PE must be (row, column), not {pe!r}")
        check_int("the PE's row", pe[0], 0, config.rows - 1)
        check_int("the PE's column", pe[1], 0, config.cols - 1)

    def __repr__(self) -> str:
        equal = "equal" if self.equal else "NOT equal"
        traces = " beside ".join(
            f"{one['mapping']}, {one['cycles']:,} cycles" for one in self.documents
        )
        return f"{type(self).__name__}: {self.trace['title']}: {traces}; {equal} to PyTorch"

    def _repr_html_(self) -> str:
        """The page in a frame, as notebooks show it."""
        return (
            f'<iframe title="{escape(self.trace["title"])}" srcdoc="{escape(self._html)}" '
            f'style="width: 100%; height: {FRAME_HEIGHT}px; border: 1px solid #ccc"></iframe>'
        )


def watched(
    layers: Sequence[Prepared],
    simulator: Simulator,
    *,
    title: str,
    window: tuple[int, int] | None = None,
    fault: Fault | None = None,
    progress: Progress | None = None,
) -> Watch:
    """Simulates a layer, or two mappings of it, and records what every PE does.

    Parameters
    ----------
    layers : sequence of Prepared
        The second is shown beside the first.
    simulator : Simulator
    title : str
    window : (int, int), optional
        The first and the last cycle that are recorded.
    fault : Fault, optional
        To be injected; only into one layer.
    progress : callable, optional

    Raises
    ------
    ValueError
        If the recording would be too large; the message has cycles that would fit.
    SimulationError
        If the RTL does not do what its indices say.
    """
    traces, documents = [], []
    for layer in layers:
        total = layer.schedule.cycles
        if window and window[0] > total:
            raise ValueError(
                f"the window of cycles must begin within both runs, from 1 to {total}, "
                f"not in {window[0]}"
            )
        own = window and (window[0], min(window[1], total))
        recording = record(layer, simulator, own, fault=fault, progress=progress)
        trace = Trace(layer, recording)
        traces.append(trace)
        documents.append(document(
            trace, Outputs(trace), title=title, simulator=simulator.name, fault=fault,
        ))
    return Watch(traces, documents)
