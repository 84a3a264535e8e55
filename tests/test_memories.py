"""Layers that do not fit the memories."""

import pytest

from convolith.model.config import ArrayConfig
from convolith.model.layer import ConvLayer
from convolith.model.memories import check_memories
from convolith.model.tiling import Tiling

LAYER = ConvLayer.from_shapes((1, 8, 5, 6), (8, 8, 3, 3))  # 30 words; 72 words on 8x8x1


def test_fits_exactly():
    check_memories(Tiling(ArrayConfig(act_words=30, weight_words=72), LAYER))


@pytest.mark.parametrize(
    ("depths", "message"),
    [
        ((29, 72), "act_words must be at least 30 for this layer, not 29"),
        ((30, 71), "weight_words must be at least 72 for this layer, not 71"),
    ],
)
def test_does_not_fit(depths, message):
    config = ArrayConfig(act_words=depths[0], weight_words=depths[1])
    with pytest.raises(ValueError, match=f"^{message}$"):
        check_memories(Tiling(config, LAYER))
