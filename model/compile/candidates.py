"""The mappings of a layer that are worth a look, and the best of them."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache, partial
from itertools import product
from typing import Any

from convolith.model.compile.dataflows import DATAFLOWS
from convolith.model.compile.limits import check_sizes, fits
from convolith.model.compile.mapping import Mapping
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import MOST_ADDR_BITS, ArrayConfig
from convolith.model.relayout.fold import FOLDS, worth_folding
from convolith.model.relayout.merge import merge_counts, merge_layer
from convolith.model.relayout.stack import stack_count

__all__ = [
    "best_mapping", "best_whole", "fitting_mappings", "mappings", "unlimited", "whole_mapping",
]


def mappings(
    config: ArrayConfig,
    layer: ConvLayer,
    *,
    split: bool = False,
    plain: bool = False,
    requantized: bool = False,
) -> Iterator[Mapping]:
    """All that are worth a look: the plain one first.

    Kernels are folded only where it is worth it (`worth_folding`). Groups are merged only as long
    as they fit one word (`merge_counts`). Parts of the same sums (``split``) share no words: their
    sums must come in the same order. ``plain``: only that. ``requantized`` as in `Mapping`.
    """

    def fitting(mapping: Mapping) -> Iterator[Mapping]:
        if mapping.tiling.fits():
            yield mapping

    made = partial(Mapping, config, layer, requantized=requantized)
    if plain:
        yield made()
        return
    for merge, fold in product(merge_counts(layer, config), FOLDS):
        merged = merge_layer(layer, merge) if merge > 1 else layer
        for name, kind in DATAFLOWS.items():
            if not kind.whole_words and worth_folding(
                merged, fold, config.lanes, halves_words=kind.halves_words
            ):
                yield from fitting(made(merge, fold, name))
    if layer.group_IC == 1 and not split:
        hows: list[dict[str, Any]] = [{}]
        hows += [{"spread": True}] if max(layer.dilation) > 1 else []
        hows += [{"stack": strips}] if (strips := stack_count(layer, config)) > 1 else []
        for how in hows:
            for name, kind in DATAFLOWS.items():
                if kind.whole_words:
                    yield from fitting(made(dataflow=name, **how))


@lru_cache
def unlimited(config: ArrayConfig) -> ArrayConfig:
    """The same array with memories as deep as can be."""
    deepest = 1 << MOST_ADDR_BITS
    return replace(config, addr_bits=MOST_ADDR_BITS, act_words=deepest, weight_words=deepest)


def fitting_mappings(
    config: ArrayConfig,
    layer: ConvLayer,
    *,
    biased: bool = False,
    split: bool = False,
    **how: bool,
) -> Iterator[Mapping]:
    """Those that fit the memories. ``biased`` and ``split`` as in `memory_needs`.

    ``plain`` and ``requantized`` as in `mappings`.
    """
    for mapping in mappings(config, layer, split=split, **how):
        if fits(mapping.tiling, biased=biased, split=split):
            yield mapping


def best_mapping(config: ArrayConfig, layer: ConvLayer, **how: bool) -> Mapping | None:
    """Of those that fit the memories the one with the fewest cycles, and then the fewest words.

    ``biased``, ``split``, ``plain`` and ``requantized`` as in `fitting_mappings`.
    """
    fitting = fitting_mappings(config, layer, **how)
    return min(fitting, key=lambda mapping: mapping.cost, default=None)


def best_whole(config: ArrayConfig, layer: ConvLayer) -> Mapping | None:
    """The best one of a whole layer, with memories that hold it; requantized, if there are lanes.

    None if the shape registers, or the largest memories, do not hold the layer.
    """
    return _best_whole(unlimited(config), layer)


@lru_cache(1 << 14)
def _best_whole(config: ArrayConfig, layer: ConvLayer) -> Mapping | None:
    """Networks have many layers of one shape, and several places ask for each."""
    return best_mapping(config, layer, requantized=config.post_lanes > 0)


def whole_mapping(config: ArrayConfig, layer: ConvLayer) -> Mapping:
    """The best one of a whole layer, as `best_whole` gives it.

    Raises
    ------
    ValueError
        If the shape registers, or the largest memories, do not hold the layer.
    """
    mapping = best_whole(config, layer)
    if mapping is None:
        tiling = DenseTiling(unlimited(config), layer)
        check_sizes(tiling)
        words = max(tiling.act_words, *tiling.weight_banks)
        most = 1 << MOST_ADDR_BITS
        raise ValueError(f"a memory must have at most 2**{MOST_ADDR_BITS} = {most} words of the "
                         f"layer, not {words}")
    return mapping
