"""A layer in pieces that fit the memories: each is one run of the core, one after the other."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from convolith.model.arrays import Ints
from convolith.model.compile.bases import Bases
from convolith.model.compile.images import IMAGES, word_counts
from convolith.model.compile.piece import Piece
from convolith.model.dataflow.post_rows import whole_rows
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import memories

__all__ = ["Schedule"]


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

    def writes(self) -> Iterator[dict[str, int]]:
        """Per piece the number of words that are written to each memory before it."""
        before: Piece | None = None
        images = [
            image for image in IMAGES if image.is_in(self.config, requantized=self.requantized)
        ]
        for piece in self.pieces:
            words: dict[str, int] = {}
            for image in images:
                counts = image.counts(piece.mapping.tiling, biased=self.biased)
                if before and image.key(before) == image.key(piece):
                    counts = dict.fromkeys(counts, 0)
                words |= counts
            yield words
            before = piece

    @property
    def last_bases(self) -> Bases:
        """The last addresses at which its words can begin."""
        found = memories(self.config)
        counts = [word_counts(piece.mapping.tiling) for piece in self.pieces]
        places = {}
        for name in ("act", "weight", "bias"):
            depth = found[name].depth if name in found else 0
            most = max((of.get(name, 0) for of in counts), default=0)
            places[name] = max(0, depth - most)
        return Bases(**places)

    def output_tensor(self, rows: Sequence[Ints]) -> Ints:
        """What left in each piece, as one tensor: (N, OC, OX, OY)."""
        layer = self.layer
        tensor = np.empty((layer.N, layer.OC, layer.OX, layer.OY), dtype=np.int64)
        for piece, leaving in zip(self.pieces, rows, strict=True):
            if not piece.last:
                continue
            if self.requantized:
                leaving = whole_rows(piece.mapping.tiling, leaving)
            shape = tuple(part.stop - part.start for part in piece.output)
            tensor[piece.output] = piece.mapping.output_tensor(leaving).reshape(shape)
        return tensor

    @cached_property
    def load_cycles(self) -> int:
        """To load the memories, a word each per cycle at the same time, while nothing runs."""
        return sum(max(words.values()) for words in self.writes())

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
        for words in self.writes():
            totals.update(words)
        return dict(totals)
