"""What the memories hold of a layer: an *image* per tensor that becomes memory words."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from convolith.model.arrays import Words
from convolith.model.compile.piece import Piece
from convolith.model.compile.tensors import Tensors
from convolith.model.dataflow.dataflow import WEIGHT_BANKS, Dataflow
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import memories
from convolith.model.quantization.words import parameter_words

__all__ = ["IMAGES", "Image", "word_counts"]


class Image(ABC):
    """The words of one tensor, in the memories that the host writes for it."""

    memories: ClassVar[tuple[str, ...]]
    """The memories."""

    depth: ClassVar[str] = ""
    """The parameter of `ArrayConfig` that says how many words there is room for.

    Empty where the memory is as deep as another one, of which the layer needs as many words.
    """

    def is_in(self, config: ArrayConfig, *, requantized: bool) -> bool:
        """Whether layers have such words."""
        return True

    @abstractmethod
    def counts(self, tiling: Dataflow, *, biased: bool) -> dict[str, int]:
        """How many words a layer has in each memory."""

    @abstractmethod
    def key(self, piece: Piece) -> object:
        """Pieces of one layer with the same key need the same words."""

    @abstractmethod
    def words(self, piece: Piece, tensors: Tensors) -> Mapping[str, Words]:
        """The words of a piece, for each memory that has some."""


class ActImage(Image):
    """The input."""

    memories = ("act",)
    depth = "act_words"

    def counts(self, tiling: Dataflow, *, biased: bool) -> dict[str, int]:
        return {"act": tiling.act_words}

    def key(self, piece: Piece) -> object:
        mapping = piece.mapping
        # Folded, spread and stacked inputs have padding in them, and only what the outputs' kernels
        # cover.
        laid = bool(mapping.fold or mapping.spread or mapping.stack > 1)
        padding = (mapping.layer.padding, mapping.layer.padding_after) if laid else ()
        how = mapping.fold, mapping.spread, mapping.stack, mapping.kind.whole_words
        return piece.input, mapping.merge, how, padding

    def words(self, piece: Piece, tensors: Tensors) -> Mapping[str, Words]:
        x = tensors.x[piece.input]
        return {"act": piece.mapping.act_words(x, tensors.padding_value)}


class WeightImage(Image):
    """The weight, in one bank or in two."""

    memories = WEIGHT_BANKS
    depth = "weight_words"

    def counts(self, tiling: Dataflow, *, biased: bool) -> dict[str, int]:
        return tiling.bank_words

    def key(self, piece: Piece) -> object:
        mapping = piece.mapping
        how = mapping.fold, mapping.spread, mapping.stack, mapping.kind.weight_layout
        return piece.weight, mapping.merge, how

    def words(self, piece: Piece, tensors: Tensors) -> Mapping[str, Words]:
        mapping = piece.mapping
        return mapping.tiling.in_banks(mapping.weight_words(tensors.w[piece.weight]))


class BiasImage(Image):
    """The bias, if the layer has one."""

    memories = ("bias",)
    depth = "bias_words"

    def counts(self, tiling: Dataflow, *, biased: bool) -> dict[str, int]:
        return {"bias": tiling.bias_words if biased else 0}

    def key(self, piece: Piece) -> object:
        return _bias_key(piece)

    def words(self, piece: Piece, tensors: Tensors) -> Mapping[str, Words]:
        assert tensors.bias is not None
        return {"bias": piece.mapping.bias_words(tensors.bias[piece.weight[0]])}


class ParameterImage(Image):
    """The parameters of requantization, in the order of the bias."""

    memories = ("parameters",)

    def is_in(self, config: ArrayConfig, *, requantized: bool) -> bool:
        return requantized

    def counts(self, tiling: Dataflow, *, biased: bool) -> dict[str, int]:
        return {"parameters": tiling.bias_words * tiling.config.chunks}

    def key(self, piece: Piece) -> object:
        return _bias_key(piece)

    def words(self, piece: Piece, tensors: Tensors) -> Mapping[str, Words]:
        mapping, channels = piece.mapping, piece.weight[0]
        values = {name: of[channels] for name, of in tensors.parameters.items()}
        return {"parameters": parameter_words(mapping.config, values, mapping.bias_words)}


def _bias_key(piece: Piece) -> object:
    """Of what is laid out as the bias is."""
    mapping = piece.mapping
    return piece.weight[0], mapping.merge, mapping.stack, mapping.kind.bias_layout


IMAGES: tuple[Image, ...] = (ActImage(), WeightImage(), BiasImage(), ParameterImage())
"""All images."""


def word_counts(tiling: Dataflow) -> dict[str, int]:
    """How many words a layer may read in each memory of the array; the bias counts in any case."""
    names = memories(tiling.config)
    return {
        name: count
        for image in IMAGES
        for name, count in image.counts(tiling, biased=True).items() if name in names
    }
