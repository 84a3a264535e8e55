"""What options add to an array, by hand."""

from dataclasses import fields

import pytest

from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import (
    PARAMETERS,
    UNITS,
    memories,
    outputs,
    registers,
    units,
    write_ports,
)

NOTHING = {"bias_words": 0, "sum_words": 0, "depthwise": False}
PLAIN = {"rows": 4, "cols": 2, "dot": 2, "addr_bits": 12, "size_bits": 10, **NOTHING}


def names(of):
    return [one.name for one in of]


def added(**options):
    """What an option adds to the plain array's registers: names and bits."""
    before = names(registers(ArrayConfig(**PLAIN)))
    after = {field.name: field for field in registers(ArrayConfig(**{**PLAIN, **options}))}
    assert [name for name in after if name in before] == before
    return {name: field.bits for name, field in after.items() if name not in before}


def test_every_parameter_has_a_meaning():
    assert set(PARAMETERS) == {field.name for field in fields(ArrayConfig)}


def test_the_plain_array():
    config = ArrayConfig(**PLAIN)
    assert units(config) == UNITS[:1]
    bits = {field.name: field.bits for field in registers(config)}
    assert len(bits) == 9 + 8 + 9 + 3
    assert bits["px_count"] == 12 + 4 + 1
    assert bits["oc_count"] == bits["first_x"] == 10 + 1
    assert bits["stride_x"] == bits["size_y"] == 10
    assert bits["act_base"] == bits["delta_ky"] == 12
    assert bits["padding_value"] == 8
    words = {name: memory.word_bits for name, memory in memories(config).items()}
    assert words == {"act": 4 * 2 * 8, "weight": 2 * 2 * 8}
    assert names(outputs(config)) == ["o"]
    assert write_ports(config) == ()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"bias_words": 8}, {"bias_base": 12, "add_bias": 1}),
        ({"sum_words": 8}, {"add_sums": 1, "keep_sums": 1}),
        (
            {"depthwise": True},
            {
                "shared_words": 1, "columns": 6, "last_columns": 6, "taps_y": 6,
                "taps_x": 6, "slot_y": 10,
                "delta_slot": 12, "back_x": 10, "parts": 3, "line_delay": 4, "edge_x": 4,
                "edge_y": 4,
                "last_row": 2,
            },
        ),
        (
            {"pack_edges": True},
            {"packed_tiles": 1, "beyond": 12 + 4 + 3 + 1, "pixel_count": 20, "last_crosses": 1},
        ),
    ],
)
def test_an_option_alone(options, expected):
    assert added(**options) == expected


def test_options_together():
    config = ArrayConfig(**{**PLAIN, "bias_words": 8, "post_lanes": 1, "store_results": True})
    found = {field.name: field.bits for field in registers(config)}
    assert found["chunks"] == 1  # 0 or 1: two words of one lane
    assert found["low"] == found["zero_point"] == 8
    assert found["store_base"] == 12 + 3  # 8 banks
    assert "patch_i" not in found
    assert [unit.is_in(config) for unit in UNITS] == [
        True, True, False, True, False, True, False, False, False,
    ]
    assert names(outputs(config)) == ["o", "results"]
    (port,) = write_ports(config)
    assert (port.memory, port.banks, port.bits) == ("act", 8, 8)
    assert memories(config)["parameters"].depth == 8 * 2


def test_pairs_need_two_banks_an_adder_and_even_rows():
    for options, pairs in (({}, False), ({"bias_words": 8}, True), ({"sum_words": 8}, True)):
        config = ArrayConfig(**{**PLAIN, "pack_edges": True, **options})
        assert ("row_pairs" in names(registers(config))) == pairs
        assert "weight_odd" in memories(config)
    odd = ArrayConfig(**{**PLAIN, "rows": 3, "pack_edges": True, "bias_words": 8})
    assert "row_pairs" not in names(registers(odd))


def test_memories_come_in_the_order_of_their_ports():
    config = ArrayConfig(pack_edges=True, post_lanes=4)
    assert list(memories(config)) == ["act", "weight", "weight_odd", "bias", "parameters"]
    assert names(outputs(config)) == ["o", "results", "kept"]


@pytest.mark.parametrize(
    ("mode", "parts"),
    [
        ("int32", {"multiplier": 31}),
        ("float32", {"multiplier": 31, "addend": 64}),
        ("tflite", {"multiplier": 34, "right": 5}),
    ],
)
def test_a_lanes_parameters(mode, parts):
    memory = memories(ArrayConfig(post_lanes=2, post_mode=mode))["parameters"]
    assert {field.name: field.bits for field in memory.fields} == parts
    assert memory.word_bits == 2 * sum(parts.values())
    assert memory.number_bits == 8
