"""A layer in pieces that fit the memories: each is one run of the core, one after the other."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from convolith.model.arrays import Ints
from convolith.model.compile.mapping import Mapping
from convolith.model.dataflow import cycles
from convolith.model.dataflow.post_rows import whole_rows
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import memories

__all__ = ["Piece", "Schedule", "whole_piece"]


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One piece of a layer, with its halo, and the run of the core that computes it.

    Parameters
    ----------
    mapping : Mapping
        Of the piece, which is a layer of its own.
    input : tuple of slice
        (n, ic, ix, iy): what it takes of the layer's input.
    weight : tuple of slice
        (oc, ic): what it takes of the weight; ``oc`` is also its part of the bias.
    output : tuple of slice
        (n, oc, ox, oy): what it gives of the output.
    first, last : bool
        It begins its sums, and completes them: of the parts of split input channels,
        one each does.
    """

    mapping: Mapping
    input: tuple[slice, slice, slice, slice]
    weight: tuple[slice, slice]
    output: tuple[slice, slice, slice, slice]
    first: bool = True
    last: bool = True

    @property
    def act_key(self) -> tuple[object, ...]:
        """Pieces of one layer with the same key need the same activation words."""
        mapping = self.mapping
        # Folded and spread inputs have padding in them, and only what the outputs' kernels cover.
        laid = bool(mapping.fold or mapping.spread)
        padding = (mapping.layer.padding, mapping.layer.padding_after) if laid else ()
        how = mapping.fold, mapping.spread, mapping.kind.whole_words
        return self.input, mapping.merge, how, padding

    @property
    def weight_key(self) -> tuple[object, ...]:
        """... the same weight words."""
        mapping = self.mapping
        how = mapping.fold, mapping.spread, mapping.kind.weight_layout
        return self.weight, mapping.merge, how

    @property
    def bias_key(self) -> tuple[object, ...]:
        """... the same bias words."""
        return self.weight[0], self.mapping.merge, self.mapping.kind.bias_layout

    @property
    def cycles(self) -> int:
        """What the core takes for it."""
        return self.mapping.cycles if self.last else cycles.cycles(self.mapping.tiling, kept=True)


def whole_piece(mapping: Mapping) -> Piece:
    """All of a layer at once."""
    layer = mapping.layer
    oc = slice(0, layer.OC)
    return Piece(
        mapping=mapping,
        input=(slice(0, layer.N), slice(0, layer.IC), slice(0, layer.IX), slice(0, layer.IY)),
        weight=(oc, slice(0, layer.group_IC)),
        output=(slice(0, layer.N), oc, slice(0, layer.OX), slice(0, layer.OY)),
    )


_KEYS = {
    "act": "act_key", "weight": "weight_key", "weight_odd": "weight_key", "bias": "bias_key",
    "parameters": "bias_key",
}


@dataclass(frozen=True)
class Schedule:
    """The pieces of one layer, in their order; none for an empty batch.

    Words stay in a memory from one piece to the next if that needs the same ones.
    """

    config: ArrayConfig
    layer: ConvLayer
    pieces: tuple[Piece, ...]
    biased: bool = False

    @property
    def requantized(self) -> bool:
        """The sums go through the lanes of the post-processor."""
        return bool(self.pieces) and self.pieces[0].mapping.requantized

    @cached_property
    def cycles(self) -> int:
        """Of all pieces, loading excluded."""
        return sum(piece.cycles for piece in self.pieces)

    def loads(self) -> Iterator[dict[str, int]]:
        """Per piece the words that are written to each memory before it."""
        before: Piece | None = None
        there = memories(self.config)
        for piece in self.pieces:
            tiling = piece.mapping.tiling
            banks = zip(("weight", "weight_odd"), tiling.weight_banks, strict=True)
            words = {"act": tiling.act_words}
            words |= {name: count for name, count in banks if name in there}
            words["bias"] = 0
            if self.biased:
                words["bias"] = tiling.bias_words
            if self.requantized:
                words["parameters"] = tiling.bias_words * self.config.chunks
            for name, key in _KEYS.items():
                if before and name in words and getattr(before, key) == getattr(piece, key):
                    words[name] = 0
            yield words
            before = piece

    def output_tensor(self, rows: Sequence[Ints]) -> Ints:
        """What left in each piece, as one tensor: (N, OC, OX, OY)."""
        layer = self.layer
        tensor = np.empty((layer.N, layer.OC, layer.OX, layer.OY), dtype=np.int64)
        for piece, left in zip(self.pieces, rows, strict=True):
            if not piece.last:
                continue
            if self.requantized:
                left = whole_rows(piece.mapping.tiling, left)
            shape = tuple(part.stop - part.start for part in piece.output)
            tensor[piece.output] = piece.mapping.output_tensor(left).reshape(shape)
        return tensor

    @cached_property
    def load_cycles(self) -> int:
        """To load the memories, a word each per cycle at the same time, while nothing runs."""
        return sum(max(words.values()) for words in self.loads())

    @property
    def mapping(self) -> str:
        """How the layer is laid on the array; of its largest pieces, if these differ."""
        if not self.pieces:
            return "none"
        return max(self.pieces, key=lambda piece: piece.mapping.layer.macs).mapping.name

    @property
    def words(self) -> dict[str, int]:
        """Words that are written to each memory, in all."""
        totals: Counter[str] = Counter()
        for words in self.loads():
            totals.update(words)
        return dict(totals)
