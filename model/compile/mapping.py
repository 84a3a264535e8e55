"""How a layer is laid on the array: plain, folded, with merged groups, stacked, spread."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from convolith.model.arrays import Ints
from convolith.model.compile.dataflows import DATAFLOWS
from convolith.model.dataflow import cycles
from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.dataflow.layout import channel_words
from convolith.model.dataflow.post_cycles import post_cycles
from convolith.model.dataflow.traffic import Traffic, traffic
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.relayout.fold import fold_input, fold_layer, fold_weight
from convolith.model.relayout.merge import merge_bias, merge_input, merge_layer, merge_weight
from convolith.model.relayout.spread import spread_input, spread_layer, spread_output
from convolith.model.relayout.stack import stack_input, stack_layer, stack_output

__all__ = ["Mapping"]


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
    stack : int
        For dataflows with whole words: so many strips of the image are channels. Not together with
        ``spread``.
    requantized : bool
        The sums go through the lanes of the post-processor.
    """

    config: ArrayConfig
    layer: ConvLayer
    merge: int = 1
    fold: str = ""
    dataflow: str = "dense"
    spread: bool = False
    stack: int = 1
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
        if self.spread:
            layer = spread_layer(self.layer)
        elif self.stack > 1:
            layer = stack_layer(self.layer, self.stack)
        else:
            layer = fold_layer(self.merged, self.fold)
        return self.kind(self.config, layer)

    @cached_property
    def cycles(self) -> int:
        """By the model."""
        return post_cycles(self.tiling) if self.requantized else cycles.cycles(self.tiling)

    @cached_property
    def traffic(self) -> Traffic:
        """The words that are read and written."""
        return traffic(self.tiling)

    @property
    def cost(self) -> tuple[int, int]:
        """Cycles, and then words: less is better."""
        return self.cycles, self.tiling.act_words + self.tiling.weight_words

    @property
    def name(self) -> str:
        """In a word, for reports."""
        words = [f"{self.merge} groups as one"] if self.merge > 1 else []
        axes = "x" if self.layer.dims == 1 else " and ".join(self.fold)  # a 1D layer's only one
        words += [f"folded along {axes}"] if self.fold else []
        words += [self.kind.label] if self.kind.label else []
        words += ["space to batch"] if self.spread else []
        words += [f"{self.stack} strips as channels"] if self.stack > 1 else []
        return ", ".join(words) or "plain"

    def laid_input(self, x: Ints, padding_value: int = 0) -> Ints:
        """The input of the layer that the array computes, (N, IC, IX, IY)."""
        layer = self.layer
        x = x.reshape(layer.N, layer.IC, layer.IX, layer.IY)
        if self.spread:
            x = spread_input(layer, x, padding_value)
        if self.stack > 1:
            x = stack_input(layer, self.stack, x, padding_value)
        x = merge_input(layer, self.merge, x)
        return fold_input(self.merged, self.fold, x, padding_value) if self.fold else x

    def laid_weight(self, w: Ints) -> Ints:
        """The weight of the layer that the array computes, (OC, IC / groups, KX, KY)."""
        if self.merge > 1:
            w = merge_weight(self.layer, self.merge, w)
        if self.stack > 1:
            return np.concatenate([w] * self.stack)
        return fold_weight(self.merged, self.fold, w)

    def act_words(self, x: Ints, padding_value: int = 0) -> Ints:
        """The input as memory words, (words, V)."""
        laid = self.laid_input(x, padding_value)
        return channel_words(laid, self.tiling.word_groups, self.config.lanes)

    def weight_words(self, w: Ints) -> Ints:
        """The weight as memory words, (words, C * D)."""
        return self.tiling.lay_weight(self.laid_weight(w))

    def bias_words(self, bias: Ints) -> Ints:
        """The bias as memory words, (words, C), in the order in which the sums leave."""
        bias = merge_bias(self.layer, self.merge, bias)
        return self.tiling.lay_bias(np.concatenate([bias] * self.stack))

    def output_tensor(self, rows: Ints) -> Ints:
        """Rows of C sums as the output (``layer.y_shape``)."""
        y = self.tiling.output(rows)
        if self.spread:
            return spread_output(self.layer, y)
        if self.stack > 1:
            return stack_output(self.layer, self.stack, y)
        return y[:, : self.layer.OC].reshape(self.layer.y_shape)
