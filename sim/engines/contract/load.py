"""One run of the core: what it computes, and its words."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.compile.registers import layer_registers
from convolith.model.dataflow import cycles
from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.dataflow.layout import weight_banks
from convolith.model.dataflow.post_cycles import post_cycles
from convolith.model.dataflow.post_rows import chunks
from convolith.model.dataflow.stored import Store
from convolith.model.quantization.output import Output

__all__ = ["MEMORIES", "Load"]

MEMORIES = ("act", "weight", "weight_odd", "bias", "parameters")
"""Of which a `Load` may have words."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """One run of the core: a layer, or a piece of one, and its words.

    Parameters
    ----------
    tiling : Dataflow
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

    tiling: Dataflow
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
        words = self.store.words(self.tiling.config, self.tiling.layer.P)
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
        )
