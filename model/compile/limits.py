"""Whether a layer fits the memories and the shape registers."""

from collections.abc import Iterator

from convolith.model.compile.images import IMAGES
from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.options.config import PX_EXTRA_BITS

__all__ = ["check_sizes", "fits", "memory_needs", "sizes_fit"]


def memory_needs(
    tiling: Dataflow, *, biased: bool = False, split: bool = False
) -> Iterator[tuple[str, int, int]]:
    """Per memory its name, the words that the layer needs there, and how many there are.

    ``biased``: it has a bias. ``split``: it is one of several parts of the same sums.
    """
    config = tiling.config
    for image in IMAGES:
        if image.depth:
            # The first memory's are the most.
            words = next(iter(image.counts(tiling, biased=biased).values()))
            yield image.depth, words, getattr(config, image.depth)
    if split:
        yield "sum_words", tiling.output_rows, config.sum_words


def _sizes(tiling: Dataflow) -> Iterator[tuple[str, int, str, int]]:
    """What registers count: its name, its value, and what it must be less than, as text too."""
    config, layer = tiling.config, tiling.layer
    for what, value in (
        ("the padded input's height", layer.padded_extent[0]),
        ("the padded input's width", layer.padded_extent[1]),
        ("the stride", max(layer.stride)),
        ("the dilation", max(layer.dilation)),
        ("the batch", layer.N),
        ("the groups", layer.groups),
        ("the output channels of a group", layer.group_OC),
        ("a pixel's activation words per group", config.act_words_of(layer.group_IC)),
    ):
        yield what, value, "2**size_bits", 1 << config.size_bits
    yield (
        "the tiles of pixels", tiling.px_tiles,
        f"2**(addr_bits + {PX_EXTRA_BITS})", 1 << config.tile_bits,
    )


def check_sizes(tiling: Dataflow) -> None:
    """Refuses a layer that the shape registers cannot hold.

    Raises
    ------
    ValueError
        Naming what is too large.
    """
    for what, value, name, limit in _sizes(tiling):
        if value >= limit:
            raise ValueError(f"{what} must be less than {name} = {limit}, not {value}")


def fits(tiling: Dataflow, *, biased: bool = False, split: bool = False) -> bool:
    """It fits all memories, parameters as in `memory_needs`, and all registers."""
    needs = memory_needs(tiling, biased=biased, split=split)
    return all(needed <= depth for _, needed, depth in needs) and sizes_fit(tiling)


def sizes_fit(tiling: Dataflow) -> bool:
    """The shape registers hold it."""
    return all(value < limit for _, value, _, limit in _sizes(tiling))
