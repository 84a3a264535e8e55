"""What every simulator takes and gives: a layer's words in, what comes out, and when."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from convolith.hw.registers import layer_registers
from convolith.model import cycles
from convolith.model.config import ArrayConfig
from convolith.model.depthwise import AnyTiling
from convolith.model.layout import weight_banks
from convolith.model.post_cycles import post_cycles
from convolith.model.post_rows import chunks
from convolith.model.quantization.output import Output
from convolith.model.store import Store, stored_words

__all__ = [
    "MEMORIES",
    "BuildError",
    "Fault",
    "Job",
    "Load",
    "Progress",
    "Run",
    "SimulationError",
    "Simulator",
]

Ints = NDArray[np.int64]

MEMORIES = ("act", "weight", "weight_odd", "bias", "parameters")
"""Of which a `Load` may have words."""

Progress = Callable[[int, int], None]
"""Is told, now and then, how many cycles have been simulated, of how many."""


class BuildError(RuntimeError):
    """A simulator cannot be built; the message says why, in a sentence."""


class SimulationError(RuntimeError):
    """The hardware broke its contract: it hung, or took other cycles than the model says."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One bit of one PE's accumulator, flipped once, right after a cycle.

    Cycles count as in `Run`: cycle 1 follows the edge that accepts the layer.
    """

    row: int
    col: int
    bit: int
    cycle: int


@dataclass(frozen=True, kw_only=True)
class Load:
    """One run of the core: a layer, or a piece of one, and its words.

    Parameters
    ----------
    tiling : Tiling or DepthwiseTiling
    act, weight : integer arrays
        Memory words, (words, V) and (words, C * D). What is the very array of the load before is
        not loaded again. Without ``act`` the input is what loads before have stored.
    bias : integer array, optional
        Likewise, (words, C).
    add_bias : bool
        It is added.
    padding_value : int
        What lies outside the input.
    add_sums, keep_sums : bool
        The sums that the load before has kept are added; the sums are kept for the next one.
    parameters : uint8 array, optional
        Words of requantization's parameters, (words, bytes), as `parameter_words` gives them;
        likewise not loaded again.
    output : Output, optional
        The sums are requantized, to such activations.
    act_base : int
        The address of the input's first word.
    store : Store, optional
        The activations are also written to the activation memory.
    """

    tiling: AnyTiling
    act: NDArray[np.integer] | None
    weight: NDArray[np.integer]
    bias: NDArray[np.integer] | None = None
    add_bias: bool = False
    padding_value: int = 0
    add_sums: bool = False
    keep_sums: bool = False
    parameters: NDArray[np.uint8] | None = None
    output: Output | None = None
    act_base: int = 0
    store: Store | None = None

    @property
    def cycles(self) -> int:
        """By the model."""
        if self.output:
            return post_cycles(self.tiling)
        return cycles.cycles(self.tiling, kept=self.keep_sums)

    @property
    def rows(self) -> int:
        """Rows of sums, or words of activations, that leave."""
        if self.keep_sums:
            return 0
        return self.tiling.output_rows * (chunks(self.tiling) if self.output else 1)

    @property
    def lanes(self) -> tuple[int, int]:
        """What leaves at a time: how many numbers, and their width in bits."""
        config = self.tiling.config
        if self.output:
            return config.post_lanes, config.act_bits
        return config.cols, config.acc_bits

    @property
    def act_end(self) -> int:
        """The activation memory's words up to here are read or written."""
        end = self.act_base + self.tiling.act_words
        if not self.store:
            return end
        words = stored_words(self.tiling, self.store)
        return max(end, self.store.base + words)

    def source(self, memory: str) -> NDArray[Any] | None:
        """The array that a memory's words are taken from."""
        if memory == "weight_odd":
            return self.weight if self.tiling.config.pack_edges else None
        array: NDArray[Any] | None = getattr(self, memory)
        return array

    def words(self, memory: str) -> NDArray[Any]:
        """A memory's words, for one that has a source."""
        array = self.source(memory)
        assert array is not None
        if memory.startswith("weight"):
            return weight_banks(self.tiling, array)[memory == "weight_odd"]
        return array

    def registers(self) -> dict[str, int]:
        """The core's run-time registers; all words but the input's begin at address 0."""
        return layer_registers(
            self.tiling, act_base=self.act_base, padding_value=self.padding_value,
            add_bias=self.add_bias, add_sums=self.add_sums, keep_sums=self.keep_sums,
            output=self.output, store=self.store,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Job:
    """One layer to be run.

    Parameters
    ----------
    loads : sequence of Load
        One after the other on the same core, from one reset.
    fault : Fault, optional
        An error to inject.
    waves : Path, optional
        A VCD file to write.
    window : (int, int), optional
        The first and the last cycle that the waveform shows; without it, all.
    progress : callable, optional
    """

    loads: Sequence[Load]
    fault: Fault | None = None
    waves: Path | None = None
    window: tuple[int, int] | None = None
    progress: Progress | None = None

    @property
    def config(self) -> ArrayConfig:
        """The array's."""
        return self.loads[0].tiling.config

    @property
    def cycles(self) -> int:
        """Of all loads, by the model."""
        return sum(load.cycles for load in self.loads)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What came out. Cycles count on from load to load, loading excluded.

    Parameters
    ----------
    rows : list of int64 array, (rows, C) or (rows, L)
        Per load its sums, or its activations, in the order in which they left.
    row_cycles : list of int64 array, (output rows,)
        The cycle at whose end each of them was transferred.
    load_cycles : tuple of int
        Per load from the edge that accepted it to the edge that transferred its last row, or to the
        cycle in which its last row was kept.
    loading : int
        Cycles to load the memories: a word each per cycle.
    simulated : int
        Cycles that the simulator went through, loading included where it loads.
    wall_s : float
        Seconds that these took, without preparation.
    """

    rows: list[Ints]
    row_cycles: list[Ints]
    load_cycles: tuple[int, ...]
    loading: int
    simulated: int
    wall_s: float

    @property
    def cycles(self) -> int:
        """Of all loads."""
        return sum(self.load_cycles)


class Simulator(Protocol):
    """Runs the RTL."""

    @property
    def name(self) -> str:
        """As users choose it."""

    def check_window(self) -> None:
        """Raises ValueError if it cannot show a window of cycles; ask once it is prepared."""

    def prepare(self, config: ArrayConfig, *, observed: bool = False) -> object:
        """Builds what ``run`` needs for this configuration, if it is not there yet.

        ``observed``: for jobs with a waveform or a fault.

        Raises
        ------
        BuildError
            If it cannot be built.
        """

    def run(self, job: Job) -> Run:
        """Simulates from reset: loads words, starts the core, takes rows as they come, and so on.

        Raises
        ------
        SimulationError
            If the layer does not end.
        BuildError
            As for `prepare`.
        """
