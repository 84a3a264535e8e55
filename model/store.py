"""A layer's results in the activation memory, as the next layer's input: where, and which can.

Both layers must agree on the layout: all channels of a pixel in words of V, (n, x, y, block).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convolith.model.depthwise import AnyTiling, DepthwiseTiling
from convolith.model.mapping import Mapping

__all__ = ["Store", "reads_stored", "stored_words", "stores", "write_results"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Store:
    """Where a layer's results go.

    Parameters
    ----------
    base : int
        The address of the whole output's first word.
    channels : int
        Of the whole output.
    first, count : int
        Those channels that the layer gives: it may be a part of one.
    """

    base: int
    channels: int
    first: int = 0
    count: int


def stored_words(tiling: AnyTiling, store: Store) -> int:
    """Activation words that the whole output takes."""
    return tiling.layer.P * -(-store.channels // tiling.config.lanes)


def write_results(memory: Ints, tiling: AnyTiling, store: Store, y: Ints) -> None:
    """Puts a layer's output, (N, count, OX, OY), where it belongs: memory is (words, V)."""
    end = store.base + stored_words(tiling, store)
    pixels = memory[store.base : end].reshape(tiling.layer.P, -1)
    mine = slice(store.first, store.first + store.count)
    pixels[:, mine] = y.transpose(0, 2, 3, 1).reshape(tiling.layer.P, -1)


def reads_stored(mapping: Mapping) -> bool:
    """Its input lies as results are stored: neither folded, nor spread, nor in groups of words."""
    config, layer, tiling = mapping.config, mapping.layer, mapping.tiling
    if mapping.fold or mapping.spread:
        return False
    whole = bool(mapping.shares) or tiling.layer.groups == 1
    together = whole or tiling.layer.group_IC % config.lanes == 0
    return together and tiling.pixel_words == -(-layer.IC // config.lanes)


def stores(mapping: Mapping) -> bool:
    """Its results can be stored: they come as words of L neighbouring channels of a pixel."""
    config, tiling = mapping.config, mapping.tiling
    if not config.store_results or mapping.spread:
        return False
    if isinstance(tiling, DepthwiseTiling):
        whole = tiling.passes == 1 or config.lanes % config.part_lanes == 0
        return tiling.multiplier == 1 and whole
    channels = tiling.layer.group_OC
    if tiling.layer.groups == 1 or channels % config.cols == 0:
        return True
    return tiling.oc_tiles == 1 and channels % config.post_lanes == 0
