"""The activation memory read by the core itself, with a layer that gives each word as sums.

Netlists have no array of words that could be looked at. A layer of 1x1 kernels with the identity as
its weight has the numbers of all words as its sums, in every simulator.
"""

from collections.abc import Iterator

import numpy as np

from convolith.model.compile.bases import Bases
from convolith.model.compile.mapping import Mapping
from convolith.model.compile.program import Step
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import memories

__all__ = ["readback"]


def readback(config: ArrayConfig) -> Iterator[Step]:
    """Steps that give all words of the activation memory, behind each other.

    Raises
    ------
    ValueError
        If the weight's memory is too small for the identity.
    """
    words, most = memories(config)["act"].depth, (1 << config.size_bits) - 1
    for first in range(0, words, most):
        layer = ConvLayer(
            IC=config.lanes, OC=config.lanes, IX=1, IY=min(most, words - first), KX=1, KY=1
        )
        mapping = Mapping(config, layer)
        identity = np.eye(config.lanes, dtype=np.int64)[:, :, None, None]
        weight = mapping.tiling.in_banks(mapping.weight_words(identity))
        for name, written in weight.items():
            if len(written) > memories(config)[name].depth:
                raise ValueError(
                    f"{name}_words must be at least {len(written)} to read the activation memory "
                    f"back, not {memories(config)[name].depth}"
                )
        yield Step.of(mapping.tiling, weight, bases=Bases(act=first))
