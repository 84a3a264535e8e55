"""The run-time registers: values by hand, and layers that they cannot hold."""

import pytest

from convolith.hw.layouts.registers import register_layout
from convolith.model.compile.registers import layer_registers
from convolith.model.dataflow.dense.tiling import Tiling
from convolith.model.dataflow.shared.tiling import DepthwiseTiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import registers

SMALL = ArrayConfig(
    rows=2, cols=2, addr_bits=8, size_bits=4, act_words=256, weight_words=256, bias_words=8,
    depthwise=False,
)


def test_by_hand():
    strides = {"stride": (2, 1), "padding": (1, 0)}
    layer = ConvLayer.from_shapes((2, 6, 7, 9), (8, 3, 3, 2), groups=2, **strides)
    values = layer_registers(
        Tiling(ArrayConfig(rows=2, cols=3), layer), act_base=100, weight_base=7, padding_value=-3
    )
    # 2 groups of 2 words a pixel: 4 words to the next y, 36 to the next x, 252 to the next image.
    assert (layer.OX, layer.OY) == (4, 8)
    assert values["act_base"] == 100 - 36
    assert values["delta_oy"] == 4
    assert values["delta_ox"] == (2 * 36 - 7 * 4) % 2**20
    assert values["delta_n"] == (252 - 3 * 72 - 7 * 4) % 2**20
    assert values["delta_g"] == 2
    assert values["delta_ky"] == 4
    assert values["delta_kx"] == 36 - 4
    assert values["delta_ic"] == (1 - 2 * 36 - 4) % 2**20
    assert (values["first_x"], values["first_y"]) == (-1, 0)
    assert (values["stride_x"], values["stride_y"]) == (2, 1)
    assert (values["size_x"], values["size_y"]) == (7, 9)
    assert (values["g_count"], values["oc_count"], values["px_count"]) == (0, 0, 30)
    assert (values["weight_base"], values["padding_value"]) == (7, -3)


@pytest.mark.parametrize("kind", [Tiling, DepthwiseTiling])
@pytest.mark.parametrize("extras", [True, False])
def test_every_register_has_a_meaning_and_a_value(kind, extras):
    config = ArrayConfig(bias_words=8 * extras, sum_words=8 * extras, depthwise=extras)
    layout = register_layout(config)
    names = [name for name, _ in layout]
    fields = registers(config)
    assert names == [field.name for field in fields]
    assert all(field.meaning for field in fields)
    assert ("depthwise" in names) == ("bias_base" in names) == ("keep_sums" in names) == extras
    if extras or kind is Tiling:
        values = layer_registers(kind(config, ConvLayer.from_shapes((1, 1, 3), (1, 1, 2))))
        assert list(values) == names
        layout.const(values)


@pytest.mark.parametrize(
    ("x", "w", "arguments", "message"),
    [
        ((1, 1, 12, 3), (1, 1, 1, 1), {"padding": (2, 0)}, "padded input's height .* 16, not 16"),
        ((1, 1, 3, 16), (1, 1, 1, 1), {}, "the padded input's width must be less than .* not 16"),
        ((1, 1, 3), (1, 1, 1), {"stride": 16}, "the stride must be less than .* = 16, not 16"),
        ((1, 1, 3), (1, 1, 1), {"dilation": 17}, "the dilation must be less than .* not 17"),
        ((16, 1, 3), (1, 1, 1), {}, "the batch must be less than .* not 16"),
        ((1, 16, 3), (16, 1, 1), {"groups": 16}, "the groups must be less than .* not 16"),
        ((1, 1, 3), (16, 1, 1), {}, "the output channels of a group must be less than .* not 16"),
        ((1, 31, 3), (1, 31, 1), {}, "a pixel's activation words per group must be .* not 16"),
        ((2, 6, 7, 7), (1, 6, 1, 1), {}, "the layer's act words must lie below .* from 0 to 293"),
        ((1, 30, 3), (15, 30, 2), {}, "the layer's weight words must lie below .* 0 to 479"),
    ],
)
def test_refused(x, w, arguments, message):
    with pytest.raises(ValueError, match=message):
        layer_registers(Tiling(SMALL, ConvLayer.from_shapes(x, w, **arguments)))


def test_too_many_tiles():
    config = ArrayConfig(rows=1, cols=1, addr_bits=4, size_bits=8, act_words=16, weight_words=16,
                         bias_words=8)
    layer = ConvLayer.from_shapes((1, 1, 4, 4), (1, 1, 1, 1), padding=7)
    with pytest.raises(ValueError, match="the tiles of pixels must be less than .* = 256, not 324"):
        layer_registers(Tiling(config, layer))


def test_bases_must_leave_room():
    tiling = Tiling(SMALL, ConvLayer.from_shapes((1, 1, 10), (1, 1, 2)))
    layer_registers(tiling, act_base=246)
    with pytest.raises(ValueError, match="act words must lie below .* = 256, not from 247 to 256"):
        layer_registers(tiling, act_base=247)
