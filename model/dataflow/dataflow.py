"""What every dataflow says of a layer: a dataflow is a class, and all that needs one asks it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.dataflow.sequence import Sequenced
from convolith.model.dataflow.stored import Store
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

__all__ = ["Dataflow"]

Ints = NDArray[np.int64]
Words = NDArray[np.integer]


class Dataflow(ABC):
    """How one layer goes through one array.

    A *tile* is R x C outputs that are computed at a time. A *pass* goes through all output pixels
    once, for the channels of one tile.
    """

    config: ArrayConfig
    layer: ConvLayer

    @abstractmethod
    def fits(self) -> bool:
        """The layer can be run like this, whatever the memories hold."""

    # Counts.

    @property
    @abstractmethod
    def passes(self) -> int:
        """How often all pixels are gone through."""

    @property
    @abstractmethod
    def px_tiles(self) -> int:
        """Tiles of a pass."""

    @property
    def tiles(self) -> int:
        """Tiles in all."""
        return self.passes * self.px_tiles

    @property
    @abstractmethod
    def tile_cycles(self) -> int:
        """Cycles of a tile."""

    @property
    @abstractmethod
    def unused(self) -> int:
        """Cycles of a tile after its last product."""

    @property
    @abstractmethod
    def last_row(self) -> int:
        """The row of the layer's last output."""

    @property
    @abstractmethod
    def first_outputs(self) -> tuple[Sequence[int], range]:
        """Rows and columns that have an output in the layer's first tile."""

    @abstractmethod
    def delay(self, row: int) -> int:
        """By how many cycles a row is behind row 0."""

    @abstractmethod
    def sequence(self) -> Sequenced:
        """The tiles in the order in which they run, and which of their rows have an output."""

    # Words.

    @property
    @abstractmethod
    def pixel_words(self) -> int:
        """Activation words of one pixel, all groups."""

    @property
    def word_groups(self) -> int:
        """Groups of channels that begin a word of their own."""
        return self.layer.groups

    @property
    def act_words(self) -> int:
        """Activation words of the whole input."""
        return self.layer.N * self.layer.IX * self.layer.IY * self.pixel_words

    @property
    @abstractmethod
    def pass_weights(self) -> int:
        """Weight words of a pass, in one bank."""

    @property
    @abstractmethod
    def weight_banks(self) -> tuple[int, int]:
        """Weight words of the whole layer, in the first bank and in the second one."""

    @property
    def weight_words(self) -> int:
        """In both."""
        return sum(self.weight_banks)

    @property
    @abstractmethod
    def bias_words(self) -> int:
        """Bias words of the whole layer."""

    @property
    @abstractmethod
    def output_rows(self) -> int:
        """Rows of C sums that leave the array."""

    @property
    @abstractmethod
    def act_reads(self) -> int:
        """Activation words that are read: those that are no padding."""

    @property
    def double_tiles(self) -> int:
        """Tiles that take weights of both banks."""
        return 0

    # Tensors.

    @abstractmethod
    def lay_weight(self, w: Ints) -> Ints:
        """The weight (``layer.w_shape``) as words: (words, C * D) values, column 0 first."""

    def in_banks(self, words: Words) -> tuple[Words, Words]:
        """All weight words as those of the two banks; or all, and none.

        Passes take turns, or of each pass the two rows of a pair.
        """
        even, odd = self.weight_banks
        if not odd:
            return words, words[:0]
        passes = words.reshape(-1, self.pass_weights, words.shape[1])
        return passes[::2].reshape(even, -1), passes[1::2].reshape(odd, -1)

    @abstractmethod
    def lay_bias(self, bias: Ints) -> Ints:
        """The bias, (OC,), as words, (words, C)."""

    @abstractmethod
    def bias_rows(self) -> Ints:
        """Per row of sums which bias word it has: (output rows,)."""

    @abstractmethod
    def output(self, rows: Ints) -> Ints:
        """Rows of C sums, as they left the array, as the output tensor (``layer.y_shape``)."""

    @abstractmethod
    def sums(self, pixels: Words, weight: Words, bias: Words | None) -> Ints:
        """What the core computes from its words: (output rows, C), as they leave.

        ``pixels``: the input's words with their padding, (N, x, y, words of a pixel, V).
        """

    @abstractmethod
    def beats(self, x: Ints, w: Ints) -> Iterator[tuple[int, bool, Ints]]:
        """Per beat its cycle from the first slot on, whether it begins a tile, its R x C products.

        ``x`` (N, IC, IX, IY), ``w`` (OC, IC / groups, KX, KY).
        """

    # Registers.

    @abstractmethod
    def register_values(self, act_base: int) -> dict[str, int]:
        """Those of the layer's shape; registers that are not named hold 0."""

    @property
    @abstractmethod
    def can_store(self) -> bool:
        """Results come as words of L neighbouring channels of a pixel, and so can be stored."""

    @abstractmethod
    def store_values(self, store: Store) -> dict[str, Any]:
        """The registers of results that are stored."""
