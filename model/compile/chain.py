"""Layers one after the other, whose activations stay in the memory between them.

A layer's input lies at one end of the activation memory and its output at the other, so that each
layer needs room for these two alone. Weights are loaded before each layer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from convolith.model.compile.bases import Bases
from convolith.model.compile.candidates import mappings
from convolith.model.compile.images import word_counts
from convolith.model.compile.limits import fits
from convolith.model.compile.mapping import Mapping
from convolith.model.compile.store import reads_stored, stores
from convolith.model.dataflow.stored import Store
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import memories

__all__ = [
    "Link", "chain", "input_words", "last_bases", "longest_chain", "placed", "stored_alone",
]


@dataclass(frozen=True, kw_only=True)
class Link:
    """A layer of a chain.

    Parameters
    ----------
    mapping : Mapping
    bases : Bases
        Where its words begin. The layer before has put its input there, but for the first one's.
    store : Store or None
        Where its output goes; the last one's leaves only.
    """

    mapping: Mapping
    bases: Bases
    store: Store | None


def chain(config: ArrayConfig, layers: Sequence[ConvLayer]) -> list[Link] | None:
    """The cheapest mapping of each that takes what is there, and leaves what the next one takes.

    None if there is none for some layer, or the memories are too small. Each layer's output has the
    shape of the next one's input.
    """
    links: list[Link] = []
    for i, layer in enumerate(layers):
        last = i == len(layers) - 1
        mapping = _best(config, layer, reads=i > 0, keeps=not last)
        if not mapping:
            return None
        at_end = i % 2 == 1
        base = config.act_words - mapping.tiling.act_words if at_end else 0
        other = 0 if at_end else config.act_words - _output_words(mapping)
        store = None if last else _store(layer, other)
        links.append(Link(mapping=mapping, bases=Bases(act=base), store=store))
    return links


def placed(links: Sequence[Link], bases: Sequence[Bases]) -> list[Link]:
    """The same layers, with their words elsewhere.

    Raises
    ------
    ValueError
        If words would lie beyond their memory, or a layer's input and its output would share words
        of the activation memory.
    """
    words = input_words(links)
    for base, last in zip(bases, last_bases(links), strict=True):
        base.check(last)
    for before, after, size, other in zip(bases, bases[1:], words, words[1:], strict=False):
        if before.act < after.act + other and after.act < before.act + size:
            raise ValueError(
                f"a chain's layer cannot take {size} words from address {before.act} on and store "
                f"{other} words from address {after.act} on: they overlap"
            )
    following = [base.act for base in bases[1:]]
    return [
        replace(link, bases=base, store=link.store and replace(link.store, base=after))
        for link, base, after in zip(links, bases, [*following, 0], strict=True)
    ]


def input_words(links: Sequence[Link]) -> list[int]:
    """The words of the activation memory that each layer's input takes."""
    stored = [0, *(_output_words(link.mapping) for link in links[:-1])]
    return [
        max(words, link.mapping.tiling.act_words)
        for words, link in zip(stored, links, strict=True)
    ]


def last_bases(links: Sequence[Link]) -> list[Bases]:
    """The last addresses at which each layer's words can begin."""
    found = []
    for link, size in zip(links, input_words(links), strict=True):
        depths, counts = memories(link.mapping.config), word_counts(link.mapping.tiling)
        others = {name: depths[name].depth - counts[name] for name in ("weight", "bias")}
        found.append(Bases(act=depths["act"].depth - size, **others))
    return found


def stored_alone(config: ArrayConfig, layer: ConvLayer) -> Link | None:
    """The cheapest mapping of one layer whose input lies at address 0 and whose output is stored.

    The output lies at the end of the activation memory. None if there is no such mapping.
    """
    mapping = _best(config, layer, reads=False, keeps=True)
    if not mapping:
        return None
    store = _store(layer, config.act_words - _output_words(mapping))
    return Link(mapping=mapping, bases=Bases(), store=store)


def _best(config: ArrayConfig, layer: ConvLayer, *, reads: bool, keeps: bool) -> Mapping | None:
    """``reads``: its input lies as results are stored. ``keeps``: its results are stored."""
    fitting = (
        mapping
        for mapping in mappings(config, layer, requantized=True)
        if (not reads or reads_stored(mapping))
        and (not keeps or stores(mapping))
        and fits(mapping.tiling, biased=True)
        and (not keeps or _output_words(mapping) + mapping.tiling.act_words <= config.act_words)
    )
    return min(fitting, key=lambda mapping: mapping.cost, default=None)


def _store(layer: ConvLayer, base: int) -> Store:
    return Store(base=base, channels=layer.OC, count=layer.OC)


def longest_chain(config: ArrayConfig, layers: Sequence[ConvLayer]) -> int:
    """How many of the layers, from the first on, are a chain; 1 at least."""
    counts = range(len(layers), 1, -1)
    return next((count for count in counts if chain(config, layers[:count])), 1)


def _output_words(mapping: Mapping) -> int:
    return _store(mapping.layer, 0).words(mapping.config, mapping.tiling.layer.P)
