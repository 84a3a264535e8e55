"""The interface of a dataflow's model: everything that depends on the dataflow is a method."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from convolith.model.arrays import Ints, Words
from convolith.model.dataflow.beat import Beat
from convolith.model.dataflow.formulas import Formulas
from convolith.model.dataflow.sequence import Sequenced
from convolith.model.dataflow.stored import Store
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

__all__ = ["WEIGHT_BANKS", "Dataflow"]

WEIGHT_BANKS = ("weight", "weight_odd")
"""The memories of weights."""


class Dataflow(ABC):
    """How one layer runs on one array.

    A *tile* is up to R x C outputs that are computed at the same time. A *pass* is one round over
    all output pixels, for the channels of one tile.
    """

    config: ArrayConfig
    layer: ConvLayer

    label: ClassVar[str] = ""
    """In reports; the plain dataflow has none."""

    whole_words: ClassVar[bool] = False
    """All groups of a pixel lie together in its words. The dataflow is for depthwise layers."""

    halves_words: ClassVar[bool] = False
    """An output's words are divided between two rows."""

    weight_layout: ClassVar[str] = ""
    """How weight words are laid out: two dataflows of one layout have the same words."""

    bias_layout: ClassVar[str] = ""
    """How bias words are laid out."""

    formulas: ClassVar[Formulas]
    """What `register_values` and `store_values` compute, for readers."""

    def __init__(self, config: ArrayConfig, layer: ConvLayer):  # each is a dataclass of these
        self.config, self.layer = config, layer

    @abstractmethod
    def fits(self) -> bool:
        """Whether the layer can run in this dataflow, whatever the size of the memories."""

    # Counts.

    @property
    @abstractmethod
    def passes(self) -> int:
        """The number of passes: rounds over all output pixels."""

    @property
    @abstractmethod
    def px_tiles(self) -> int:
        """Tiles of a pass."""

    @property
    def tiles(self) -> int:
        """Tiles of the layer."""
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
        """The cycles by which a row is behind row 0."""

    @abstractmethod
    def sequence(self) -> Sequenced:
        """The tiles in the order in which they run, each with the rows that have an output."""

    @property
    def sharing_rows(self) -> int:
        """Neighbouring rows that share an output, which leaves with the last of them."""
        return 1

    # Words.

    @property
    @abstractmethod
    def pixel_words(self) -> int:
        """Activation words of one pixel, for all groups."""

    @property
    def word_groups(self) -> int:
        """Groups of channels of which each begins with a new word."""
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
    def bank_words(self) -> dict[str, int]:
        """The same for each bank that the array has, by the name of its memory."""
        names = WEIGHT_BANKS[: self.config.weight_banks]
        return dict(zip(names, self.weight_banks, strict=False))

    @property
    @abstractmethod
    def bank_tiles(self) -> tuple[int, int]:
        """Tiles that read the weights of the first bank, and of the second one."""

    @property
    def bank_reads(self) -> dict[str, int]:
        """Weight words that are read in each bank that the array has, by the name of its memory."""
        names = WEIGHT_BANKS[: self.config.weight_banks]
        return {
            name: tiles * self.pass_weights
            for name, tiles in zip(names, self.bank_tiles, strict=False)
        }

    @property
    def weight_words(self) -> int:
        """Weight words in both banks."""
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
        """Activation words that are read. Padding is not read."""

    @property
    def double_tiles(self) -> int:
        """Tiles that take weights of both banks."""
        return 0

    # Tensors.

    @abstractmethod
    def lay_weight(self, w: Ints) -> Ints:
        """The weight (``layer.w_shape``) as words: (words, C * D) values, column 0 first."""

    def in_banks(self, words: Words) -> dict[str, Words]:
        """The weight words of each bank in which the layer has some.

        The words of one pass are in the first bank, those of the next in the second, and so on.
        With row pairs or two banks of shared words, each pass has words in both banks.
        """
        even, odd = self.weight_banks
        if not odd:
            return {WEIGHT_BANKS[0]: words}
        passes = words.reshape(-1, self.pass_weights, words.shape[1])
        banks = passes[::2].reshape(even, -1), passes[1::2].reshape(odd, -1)
        return dict(zip(WEIGHT_BANKS, banks, strict=True))

    @abstractmethod
    def lay_bias(self, bias: Ints) -> Ints:
        """The bias, (OC,), as words, (words, C)."""

    @abstractmethod
    def bias_rows(self) -> Ints:
        """The number of the bias word of each row of sums: (output rows,)."""

    @abstractmethod
    def output(self, rows: Ints) -> Ints:
        """The output tensor (``layer.y_shape``), from rows of C sums in the order they leave."""

    @abstractmethod
    def sums(self, pixels: Words, weight: Words, bias: Words | None) -> Ints:
        """The rows of sums that the core computes from its words: (output rows, C), as they leave.

        ``pixels``: the input's words with their padding, (N, x, y, words of a pixel, V).
        """

    @abstractmethod
    def beats(self, x: Ints, w: Ints, tiles: range | None = None) -> Iterator[Beat]:
        """What the PEs multiply, in its order; ``x`` (N, IC, IX, IY), ``w`` (OC, IC / G, KX, KY).

        With indices of tensors in the place of their numbers, beats say which number each is.
        ``tiles``: only of these.
        """

    # Registers.

    @abstractmethod
    def register_values(self, act_base: int) -> dict[str, int]:
        """The registers for the layer's shape. Registers that are not named hold 0."""

    @property
    @abstractmethod
    def can_store(self) -> bool:
        """Whether results can be stored: they come as words of L neighbouring channels."""

    @abstractmethod
    def store_values(self, store: Store) -> dict[str, Any]:
        """The registers for storing results."""
