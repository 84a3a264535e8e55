"""Layers that do not fit the memories or the registers."""

import pytest

from convolith.model.compile.candidates import whole_mapping
from convolith.model.compile.limits import check_sizes, fits, memory_needs
from convolith.model.compile.planner import plan
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

LAYER = ConvLayer.from_shapes((1, 8, 5, 6), (8, 8, 3, 3))  # 30 words; 72 words on 8x8x1


@pytest.mark.parametrize(
    ("depths", "kinds", "fitting"),
    [
        ((30, 72, 1, 12), {"biased": True, "split": True}, True),
        ((29, 72, 1, 12), {}, False),
        ((30, 71, 1, 12), {}, False),
        ((30, 72, 0, 12), {}, True),
        ((30, 72, 0, 12), {"biased": True}, False),
        ((30, 72, 1, 11), {"split": True}, False),
    ],
)
def test_memories(depths, kinds, fitting):
    names = ("act_words", "weight_words", "bias_words", "sum_words")
    config = ArrayConfig(**dict(zip(names, depths, strict=True)))
    assert fits(DenseTiling(config, LAYER), **kinds) == fitting


def test_needs():
    needs = memory_needs(DenseTiling(ArrayConfig(), LAYER), biased=True, split=True)
    assert list(needs) == [
        ("act_words", 30, 4096), ("weight_words", 72, 4096), ("bias_words", 1, 256),
        ("sum_words", 12, 1024),
    ]


def test_registers():
    config = ArrayConfig(rows=1, cols=1, size_bits=4)  # a lane: nothing to fold
    sentence = "^the padded input's width must be less than 2.*size_bits = 16, not"
    wide = ConvLayer(IC=1, OC=1, IY=16, KY=2, dims=1)
    assert not fits(DenseTiling(config, wide))
    with pytest.raises(ValueError, match=sentence):
        check_sizes(DenseTiling(config, wide))
    with pytest.raises(ValueError, match=sentence):
        whole_mapping(config, wide)
    # It is split; but not what one output needs alone.
    assert len(plan(config, wide).pieces) == 2
    with pytest.raises(ValueError, match=sentence):
        plan(config, ConvLayer(IC=1, OC=1, IY=20, KY=16, dims=1))
