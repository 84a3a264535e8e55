"""Plans the tasks of a network for a number of workers."""

from collections.abc import Sequence
from dataclasses import replace

from convolith.model.compile.candidates import best_whole, whole_mapping
from convolith.model.compile.mapping import Mapping
from convolith.model.compile.parts import split
from convolith.model.layer import ConvLayer
from convolith.model.networks.names import shortened
from convolith.model.networks.network import NamedLayer
from convolith.model.options.config import PX_EXTRA_BITS, ArrayConfig
from convolith.sim.network.task import Task

__all__ = ["best_cycles", "check_layers", "layer_tasks", "plan", "whole", "wide_enough"]


def wide_enough(config: ArrayConfig, layers: Sequence[NamedLayer]) -> ArrayConfig:
    """The configuration with addresses wide enough for all layers, so that all share one build."""
    bits = config.addr_bits
    for named in layers:
        mapping = best_whole(config, named.layer)
        if mapping is None:  # `check_layers` refuses such a layer, and says why
            continue
        tiling = mapping.tiling
        words = max(tiling.act_words, tiling.weight_banks[0], 2)
        words = max(words, tiling.bias_words * config.chunks)
        bits = max(bits, (words - 1).bit_length(), tiling.px_tiles.bit_length() - PX_EXTRA_BITS)
    return replace(config, addr_bits=bits, act_words=2, weight_words=2)


def best_cycles(config: ArrayConfig, layer: ConvLayer) -> int:
    """The cycles of a whole layer, with memories large enough for it."""
    return whole_mapping(config, layer).cycles


def check_layers(config: ArrayConfig, layers: Sequence[NamedLayer]) -> None:
    """Refuses layers that the array's registers cannot hold, before anything runs.

    Raises
    ------
    ValueError
        Naming the layer.
    """
    for named in layers:
        whole(config, named)


def whole(config: ArrayConfig, named: NamedLayer) -> Mapping:
    """The best mapping of a whole layer, with memories large enough for it.

    Raises
    ------
    ValueError
        If the registers cannot hold it. The message names the layer.
    """
    try:
        return whole_mapping(config, named.layer)
    except ValueError as error:
        raise ValueError(f"layer {shortened(named.name)}: {error}") from None


def layer_tasks(
    config: ArrayConfig, named: NamedLayer, seed: int, count: int, fault: str | None = None
) -> list[Task]:
    """A layer in ``count`` pieces, or fewer if it cannot be split so often."""
    pieces = split(config, named.layer, count)
    return [
        Task(
            name=named.name, layer=named.layer, piece=piece, pieces=len(pieces), config=config,
            seed=seed, fault=None if i else fault,
        )
        for i, piece in enumerate(pieces)
    ]


def plan(
    config: ArrayConfig,
    layers: Sequence[NamedLayer],
    seed: int,
    *,
    workers: int = 1,
    faults: dict[str, str] | None = None,
) -> list[Task]:
    """The tasks, in the network's order.

    A layer that takes more than one worker's share is split into pieces, each at most half of that
    share. With one worker no layer is split.

    Parameters
    ----------
    config : ArrayConfig
        The result of `wide_enough`.
    layers : sequence of NamedLayer
    seed : int
    workers : int
    faults : dict, optional
        For a layer's name a fault, ``ROW,COL,BIT[,CYCLE]``, in its first piece.
    """
    taken = [best_cycles(config, named.layer) for named in layers]
    total = sum(taken)
    tasks = []
    for named, own in zip(layers, taken, strict=True):
        count = -(-2 * own * workers // total) if own * workers > total else 1
        tasks += layer_tasks(config, named, seed, count, (faults or {}).get(named.name))
    return tasks
