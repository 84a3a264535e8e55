"""The run-time registers: where they lie, values by hand, and layers that they cannot hold."""

from random import Random

import pytest
from amaranth.hdl import *
from benches import play

from convolith.hw.layouts.registers import register_layout
from convolith.model.compile.registers import layer_registers
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.dataflow.shared.tiling import SharedTiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import registers

SMALL = ArrayConfig(
    rows=2, cols=2, addr_bits=8, size_bits=4, act_words=256, weight_words=256, bias_words=8,
    depthwise=False,
)


# Name, first bit, bits, signed. Extents have 4 bits, addresses 8, tiles of pixels 12; counters one
# more, as they go down to -1.
PLACES = [
    ("g_count", 0, 5, True), ("oc_count", 5, 5, True), ("px_count", 10, 13, True),
    ("ic_count", 23, 5, True), ("kx_count", 28, 5, True), ("ky_count", 33, 5, True),
    ("n_count", 38, 5, True), ("ox_count", 43, 5, True), ("oy_count", 48, 5, True),
    ("stride_x", 53, 4, False), ("stride_y", 57, 4, False),
    ("dilation_x", 61, 4, False), ("dilation_y", 65, 4, False),
    ("first_x", 69, 5, True), ("first_y", 74, 5, True),
    ("size_x", 79, 4, False), ("size_y", 83, 4, False),
    ("act_base", 87, 8, False), ("delta_g", 95, 8, False), ("delta_n", 103, 8, False),
    ("delta_ox", 111, 8, False), ("delta_oy", 119, 8, False), ("delta_ic", 127, 8, False),
    ("delta_kx", 135, 8, False), ("delta_ky", 143, 8, False), ("weight_base", 151, 8, False),
    ("padding_value", 159, 8, True), ("group_oc", 167, 4, False),
    ("one_dimensional", 171, 1, False),
    ("bias_base", 172, 8, False), ("add_bias", 180, 1, False),
    ("add_sums", 181, 1, False), ("keep_sums", 182, 1, False),
]


def test_places_by_hand():
    layout = register_layout(SMALL)
    found = [
        (name, field.offset, field.width, Shape.cast(field.shape).signed) for name, field in layout
    ]
    assert found == PLACES
    assert layout.size == 183


ARRAYS = {
    "plain": {"bias_words": 0, "sum_words": 0, "depthwise": False},
    "shared words": {},
    "packed": {"pack_edges": True},
    "lanes": {"post_lanes": 2, "depthwise": False},
    "stored results": {"post_lanes": 1, "store_results": True},
    "narrow": {"addr_bits": 5, "size_bits": 5, "act_bits": 3, "act_words": 32, "weight_words": 32,
               "bias_words": 4},
}


@pytest.mark.parametrize("options", ARRAYS.values(), ids=ARRAYS)
def test_each_register_holds_its_least_and_greatest_value(options):
    """In its own bits, the first one lowest, as the option's unit says; the others stay zero."""
    config = ArrayConfig(rows=2, cols=2, **options)
    layout, offset = register_layout(config), 0
    for field in registers(config):
        low = -(1 << field.bits - 1) if field.signed else 0
        for value in (low, low + (1 << field.bits) - 1):
            word = layout.const({field.name: value})
            assert word[field.name] == value
            assert word.as_bits() == (value % (1 << field.bits)) << offset
        offset += field.bits
    assert layout.size == offset


@pytest.mark.parametrize("options", ARRAYS.values(), ids=ARRAYS)
def test_hardware_sees_the_same(options):
    """All registers at once, each with a number of its own, out of one word of bits."""
    config = ArrayConfig(rows=2, cols=2, **options)
    fields, values, bits = registers(config), {}, ""
    random = Random(len(options))
    for field in fields:
        pattern = random.getrandbits(field.bits)
        values[field.name] = pattern - (field.signed and pattern >> field.bits - 1) * (
            1 << field.bits
        )
        bits = f"{pattern:0{field.bits}b}{bits}"
    word = Signal(register_layout(config))
    m = Module()
    m.domains.sync = ClockDomain()  # which `play` needs, and nobody else
    shown = [Signal(Shape(f.bits, f.signed), name=f"shown_{f.name}") for f in fields]
    m.d.comb += [signal.eq(word[f.name]) for signal, f in zip(shown, fields, strict=True)]
    (seen,) = play(m, (word.as_value(),), [(int(bits, 2),)], shown)
    assert dict(zip(values, seen, strict=True)) == values


def test_by_hand():
    strides = {"stride": (2, 1), "padding": (1, 0)}
    layer = ConvLayer.from_shapes((2, 6, 7, 9), (8, 3, 3, 2), groups=2, **strides)
    values = layer_registers(
        DenseTiling(ArrayConfig(rows=2, cols=3), layer), act_base=100, weight_base=7,
        padding_value=-3,
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


@pytest.mark.parametrize("kind", [DenseTiling, SharedTiling])
@pytest.mark.parametrize("extras", [True, False])
def test_every_register_has_a_meaning_and_a_value(kind, extras):
    config = ArrayConfig(bias_words=8 * extras, sum_words=8 * extras, depthwise=extras)
    layout = register_layout(config)
    names = [name for name, _ in layout]
    fields = registers(config)
    assert names == [field.name for field in fields]
    assert all(field.meaning for field in fields)
    assert ("shared_words" in names) == ("bias_base" in names) == ("keep_sums" in names) == extras
    if extras or kind is DenseTiling:
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
        layer_registers(DenseTiling(SMALL, ConvLayer.from_shapes(x, w, **arguments)))


def test_too_many_tiles():
    config = ArrayConfig(rows=1, cols=1, addr_bits=4, size_bits=8, act_words=16, weight_words=16,
                         bias_words=8)
    layer = ConvLayer.from_shapes((1, 1, 4, 4), (1, 1, 1, 1), padding=7)
    with pytest.raises(ValueError, match="the tiles of pixels must be less than .* = 256, not 324"):
        layer_registers(DenseTiling(config, layer))


def test_bases_must_leave_room():
    tiling = DenseTiling(SMALL, ConvLayer.from_shapes((1, 1, 10), (1, 1, 2)))
    layer_registers(tiling, act_base=246)
    with pytest.raises(ValueError, match="act words must lie below .* = 256, not from 247 to 256"):
        layer_registers(tiling, act_base=247)
    with pytest.raises(ValueError, match="act words must lie below .* = 256, not from -1 to 8"):
        layer_registers(tiling, act_base=-1)


def test_registers_that_the_array_does_not_have():
    tiling = DenseTiling(SMALL, ConvLayer.from_shapes((1, 1, 10), (1, 1, 2)))
    assert "add_sumz" not in layer_registers(tiling, add_sumz=0)
    with pytest.raises(ValueError, match="^add_sumz must be 0, as the array has no such register, "
                                         "not 1$"):
        layer_registers(tiling, add_sumz=1)
