"""What a case has: its features, of which all pairs should meet, and its numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from convolith.model.compile.piece import Piece
from convolith.model.options.config import POST_MODES, ArrayConfig
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.layers.common.prepared import Prepared

__all__ = [
    "ANOTHER", "FEATURES", "OF_RTL", "PAIRS", "Features", "Pair", "features", "numbers", "suits",
]

SHARED, STACKED = "shared words", "strips as channels"
DATAFLOWS = ("dense", SHARED, "packed tiles", "rows in pairs")

FEATURES = {
    "dataflow": DATAFLOWS,
    "layout": ("as it is", "folded", "groups as one", "space to batch", STACKED),
    "padding": ("none", "zeros", "another mode"),
    "stride": ("1", "more"),
    "pieces": ("one", "several", "partial sums"),
    "lanes": ("none", *POST_MODES),
    "results": ("leave", "are stored"),
    "outputs": ("always ready", "wait"),
    "follows": ("a reset", "its own dataflow", "another dataflow"),
}
"""The values of each feature. A case can have several of one: its pieces differ.

``follows``: what the core has run right before a piece.
"""

ANOTHER = "follows: another dataflow"

OF_RTL = {"outputs: wait", ANOTHER}
"""What only units on the RTL are asked for: cases on the model have no environment, and follow
nothing."""

Pair = tuple[str, str]
"""Two values of different features, each as ``feature: value``."""


def _impossible(pair: Pair) -> bool:
    return any(rule <= set(pair) for rule in IMPOSSIBLE)


IMPOSSIBLE = [
    # The options exclude each other, or need each other.
    {"dataflow: packed tiles", "results: are stored"},
    {"dataflow: rows in pairs", "results: are stored"},
    {"lanes: none", "results: are stored"},
    # A chain's layers are whole, and the host puts no other padding around what is stored.
    {"pieces: several", "results: are stored"},
    {"pieces: partial sums", "results: are stored"},
    {"padding: another mode", "results: are stored"},
    # Shared words are for layers with one input channel per group.
    {"dataflow: shared words", "pieces: partial sums"},
    {"dataflow: shared words", "layout: folded"},
    {"dataflow: shared words", "layout: groups as one"},
    # Groups are merged that fit a word together; input channels are split into whole words.
    {"layout: groups as one", "pieces: partial sums"},
    # Only images with shared words are spread or stacked.
    *(
        rule for layout in ("layout: space to batch", f"layout: {STACKED}")
        for rule in (
            *({f"dataflow: {name}", layout} for name in DATAFLOWS if name != SHARED),
            {layout, "results: are stored"}, {layout, "pieces: partial sums"},
        )
    ),
]
"""Pairs that cannot meet."""


def _pairs() -> Iterator[Pair]:
    for (first, values), (second, others) in combinations(FEATURES.items(), 2):
        for value in values:
            for other in others:
                pair = f"{first}: {value}", f"{second}: {other}"
                if not _impossible(pair):
                    yield pair


PAIRS: tuple[Pair, ...] = tuple(_pairs())
"""All pairs of features that can meet, in a fixed order."""


@dataclass(frozen=True)
class Features:
    """The features of the pieces of a case."""

    of_pieces: Sequence[frozenset[str]]

    @property
    def pairs(self) -> set[Pair]:
        """Those that meet in some piece."""
        found: set[Pair] = set()
        for piece in self.of_pieces:
            found |= {pair for pair in PAIRS if piece.issuperset(pair)}
        return found


def features(cases: Sequence[Sequence[Prepared]], environment: Environment | None) -> Features:
    """Of the layers of each case, which run behind each other.

    The results of a case with several layers are stored, but for the last one's.
    """
    found, before = [], ""
    waits = environment and environment.percent < 100
    for layers in cases:
        for layer in layers:
            around = {
                f"results: {'leave' if layer is layers[-1] else 'are stored'}",
                f"outputs: {'wait' if waits else 'always ready'}",
            }
            pieces = layer.schedule.pieces
            for piece in pieces:
                dataflow = _dataflow(piece)
                follows = "its own dataflow" if dataflow == before else "another dataflow"
                found.append(frozenset(
                    _of_piece(layer, piece, len(pieces)) | around
                    | {f"follows: {follows if before else 'a reset'}"}
                ))
                before = dataflow
    return Features(found)


def _dataflow(piece: Piece) -> str:
    label = piece.mapping.kind.label
    return next((name for name in DATAFLOWS if label.startswith(name)), DATAFLOWS[0])


def suits(config: ArrayConfig, pair: Pair) -> bool:
    """Whether two features can meet on this array, as far as its options say."""
    needs = {
        "results: are stored": config.store_results,
        "dataflow: shared words": config.shares_words,
        "dataflow: packed tiles": config.pack_edges,
        "dataflow: rows in pairs": config.can_pair,
        "pieces: partial sums": config.sum_words > 0,
        ANOTHER: config.shares_words or config.pack_edges,
    }
    lanes = f"lanes: {config.post_mode if config.post_lanes else 'none'}"
    return all(
        needs.get(value, not value.startswith("lanes: ") or value == lanes) for value in pair
    )


def _of_piece(layer: Prepared, piece: Piece, count: int) -> set[str]:
    own, mapping, config = layer.own_layer, piece.mapping, layer.config
    layout = next(
        (name for name, found in (
            ("groups as one", mapping.merge > 1), ("folded", mapping.fold),
            ("space to batch", mapping.spread), (STACKED, mapping.stack > 1),
        ) if found), "as it is",
    )
    padded = any((*own.padding, *(own.padding_after or ())))
    padding = "another mode" if layer.unpadded else "zeros" if padded else "none"
    pieces = "one" if count == 1 else "several" if piece.first and piece.last else "partial sums"
    return {
        f"dataflow: {_dataflow(piece)}", f"layout: {layout}", f"padding: {padding}",
        f"stride: {'1' if max(own.stride) == 1 else 'more'}", f"pieces: {pieces}",
        f"lanes: {config.post_mode if config.post_lanes else 'none'}",
    }


def numbers(
    config: ArrayConfig, layer: Prepared, environment: Environment | None
) -> Iterator[tuple[str, int]]:
    """The numbers of a case, whose ranges a campaign tells."""
    for name in ("rows", "cols", "dot", "lanes", "act_bits", "weight_bits", "acc_bits",
                 "addr_bits", "size_bits", "post_lanes"):
        yield name, getattr(config, name)
    own = layer.own_layer
    for name in ("N", "IC", "OC", "IX", "IY", "KX", "KY", "groups"):
        yield name, getattr(own, name)
    for name in ("stride", "padding", "dilation"):
        for value in getattr(own, name):
            yield name, value
    schedule = layer.schedule
    yield "pieces", len(schedule.pieces)
    yield "cycles", schedule.cycles
    for name in ("act", "weight", "bias"):
        yield f"{name} base", getattr(layer.bases, name)
    # How near the largest extent comes to what the registers cannot hold.
    for piece in schedule.pieces[:1]:
        extent = max(piece.mapping.tiling.layer.padded_extent)
        yield "room below 2**size_bits", (1 << config.size_bits) - extent
    if environment:
        yield "outputs ready, %", environment.percent
