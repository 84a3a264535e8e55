"""How a layer is laid on the array: plain, folded, with merged groups, or sharing words."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import product

from convolith.model.arrays import Ints
from convolith.model.compile.dataflows import DATAFLOWS
from convolith.model.compile.limits import check_sizes, fits
from convolith.model.dataflow import cycles
from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.dataflow.layout import channel_words
from convolith.model.dataflow.post_cycles import post_cycles
from convolith.model.layer import ConvLayer
from convolith.model.options.config import MOST_ADDR_BITS, ArrayConfig
from convolith.model.relayout.fold import FOLDS, fold_input, fold_layer, fold_weight, worth_folding
from convolith.model.relayout.merge import (
    merge_bias,
    merge_counts,
    merge_input,
    merge_layer,
    merge_weight,
)
from convolith.model.relayout.spread import spread_input, spread_layer, spread_output

__all__ = ["Mapping", "best_mapping", "mappings", "unlimited", "whole_mapping"]


@dataclass(frozen=True)
class Mapping:
    """A layer, and what is done to it so that it keeps the array busy.

    Parameters
    ----------
    config : ArrayConfig
    layer : ConvLayer
        As the user has it.
    merge : int
        So many neighbouring groups are one.
    fold : str
        One of FOLDS: axes along which the kernel is folded into the channels.
    dataflow : str
        One of DATAFLOWS.
    spread : bool
        For dataflows with whole words: a dilated kernel is a plain one, on images of every d-th
        pixel.
    requantized : bool
        The sums go through the lanes of the post-processor.
    """

    config: ArrayConfig
    layer: ConvLayer
    merge: int = 1
    fold: str = ""
    dataflow: str = "dense"
    spread: bool = False
    requantized: bool = False

    @property
    def kind(self) -> type[Dataflow]:
        """The dataflow's class."""
        return DATAFLOWS[self.dataflow]

    @cached_property
    def merged(self) -> ConvLayer:
        """The layer with merged groups."""
        return merge_layer(self.layer, self.merge) if self.merge > 1 else self.layer

    @cached_property
    def tiling(self) -> Dataflow:
        """What the array computes."""
        layer = spread_layer(self.layer) if self.spread else fold_layer(self.merged, self.fold)
        return self.kind(self.config, layer)

    @cached_property
    def cycles(self) -> int:
        """By the model."""
        return post_cycles(self.tiling) if self.requantized else cycles.cycles(self.tiling)

    @property
    def cost(self) -> tuple[int, int]:
        """Cycles, and then words: less is better."""
        return self.cycles, self.tiling.act_words + self.tiling.weight_words

    @property
    def name(self) -> str:
        """In a word, for reports."""
        words = [f"{self.merge} groups as one"] if self.merge > 1 else []
        words += [f"folded along {' and '.join(self.fold)}"] if self.fold else []
        words += [self.kind.label] if self.kind.label else []
        words += ["space to batch"] if self.spread else []
        return ", ".join(words) or "plain"

    def act_words(self, x: Ints, padding_value: int = 0) -> Ints:
        """The input as memory words, (words, V)."""
        layer = self.layer
        x = x.reshape(layer.N, layer.IC, layer.IX, layer.IY)
        if self.spread:
            x = spread_input(layer, x, padding_value)
        x = merge_input(layer, self.merge, x)
        if self.fold:
            x = fold_input(self.merged, self.fold, x, padding_value)
        return channel_words(x, self.tiling.word_groups, self.config.lanes)

    def weight_words(self, w: Ints) -> Ints:
        """The weight as memory words, (words, C * D)."""
        if self.merge > 1:
            w = merge_weight(self.layer, self.merge, w)
        return self.tiling.lay_weight(fold_weight(self.merged, self.fold, w))

    def bias_words(self, bias: Ints) -> Ints:
        """The bias as memory words, (words, C), in the order in which the sums leave."""
        return self.tiling.lay_bias(merge_bias(self.layer, self.merge, bias))

    def output_tensor(self, rows: Ints) -> Ints:
        """Rows of C sums as the output (``layer.y_shape``)."""
        y = self.tiling.output(rows)
        if self.spread:
            return spread_output(self.layer, y)
        return y[:, : self.layer.OC].reshape(self.layer.y_shape)


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
    for merge, fold in product(merge_counts(layer, config.lanes, config.cols), FOLDS):
        merged = merge_layer(layer, merge) if merge > 1 else layer
        for name, kind in DATAFLOWS.items():
            if not kind.whole_words and worth_folding(
                merged, fold, config.lanes, halves_words=kind.halves_words
            ):
                yield from fitting(made(merge, fold, name))
    if layer.group_IC == 1 and not split:
        for spread in (False, True) if max(layer.dilation) > 1 else (False,):
            for name, kind in DATAFLOWS.items():
                if kind.whole_words:
                    yield from fitting(made(dataflow=name, spread=spread))


def unlimited(config: ArrayConfig) -> ArrayConfig:
    """The same array with memories as deep as can be."""
    deepest = 1 << MOST_ADDR_BITS
    return replace(config, addr_bits=MOST_ADDR_BITS, act_words=deepest, weight_words=deepest)


def best_mapping(
    config: ArrayConfig,
    layer: ConvLayer,
    *,
    biased: bool = False,
    split: bool = False,
    plain: bool = False,
    requantized: bool = False,
) -> Mapping | None:
    """Of those that fit the memories the one with the fewest cycles, and then the fewest words.

    ``biased`` and ``split`` as in `memory_needs`; ``plain``: no other than the plain one;
    ``requantized`` as in `Mapping`.
    """

    fitting = (
        mapping
        for mapping in mappings(config, layer, split=split, plain=plain, requantized=requantized)
        if fits(mapping.tiling, biased=biased, split=split)
    )
    return min(fitting, key=lambda mapping: mapping.cost, default=None)


def whole_mapping(config: ArrayConfig, layer: ConvLayer) -> Mapping:
    """The best one of a whole layer, with memories that hold it; requantized, if there are lanes.

    Raises
    ------
    ValueError
        If the shape registers do not hold the layer.
    """
    mapping = best_mapping(unlimited(config), layer, requantized=config.post_lanes > 0)
    if mapping is None:
        tiling = DenseTiling(unlimited(config), layer)
        check_sizes(tiling)
        words = max(tiling.act_words, *tiling.weight_banks)
        most = 1 << MOST_ADDR_BITS
        raise ValueError(f"a memory must have at most 2**{MOST_ADDR_BITS} = {most} words of the "
                         f"layer, not {words}")
    return mapping
