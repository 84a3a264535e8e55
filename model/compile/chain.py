"""Layers one after the other, whose activations stay in the memory between them.

A layer's input lies at one end of the activation memory and its output at the other, so that each
layer needs room for these two alone. Weights are loaded before each layer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from convolith.model.compile.candidates import mappings
from convolith.model.compile.limits import fits
from convolith.model.compile.mapping import Mapping
from convolith.model.compile.store import reads_stored, stores
from convolith.model.dataflow.stored import Store
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

__all__ = ["Link", "chain", "longest_chain"]


@dataclass(frozen=True, kw_only=True)
class Link:
    """A layer of a chain.

    Parameters
    ----------
    mapping : Mapping
    act_base : int
        Where its input is; of all but the first, since the layer before has put it there.
    store : Store or None
        Where its output goes; the last one's leaves only.
    """

    mapping: Mapping
    act_base: int
    store: Store | None


def chain(config: ArrayConfig, layers: Sequence[ConvLayer]) -> list[Link] | None:
    """The cheapest mapping of each that takes what is there, and leaves what the next one takes.

    None if there is none for some layer, or the memories are too small. Each layer's output has the
    shape of the next one's input.
    """
    links: list[Link] = []
    for i, layer in enumerate(layers):
        last = i == len(layers) - 1
        fitting = [
            mapping
            for mapping in mappings(config, layer, requantized=True)
            if (i == 0 or reads_stored(mapping))
            and (last or stores(mapping))
            and fits(mapping.tiling, biased=True)
            and (last or _output_words(mapping) + mapping.tiling.act_words <= config.act_words)
        ]
        if not fitting:
            return None
        mapping = min(fitting, key=lambda mapping: mapping.cost)
        at_end = i % 2 == 1
        base = config.act_words - mapping.tiling.act_words if at_end else 0
        store = None
        if not last:
            other = 0 if at_end else config.act_words - _output_words(mapping)
            store = Store(base=other, channels=layer.OC, count=layer.OC)
        links.append(Link(mapping=mapping, act_base=base, store=store))
    return links


def longest_chain(config: ArrayConfig, layers: Sequence[ConvLayer]) -> int:
    """How many of the layers, from the first on, are a chain; 1 at least."""
    counts = range(len(layers), 1, -1)
    return next((count for count in counts if chain(config, layers[:count])), 1)


def _output_words(mapping: Mapping) -> int:
    layer = mapping.layer
    store = Store(base=0, channels=layer.OC, count=layer.OC)
    return store.words(mapping.config, mapping.tiling.layer.P)
