"""`ArrayConfig`: defaults, derived sizes, and what it refuses."""

import numpy as np
import pytest

from convolith.model.options.config import ArrayConfig


def test_lanes_default_to_one_word_per_row_and_step():
    assert ArrayConfig(rows=8, dot=4).lanes == 32
    assert ArrayConfig(rows=8, dot=4, lanes=8).lanes == 8


def test_derived_sizes():
    config = ArrayConfig(rows=3, cols=5, dot=2, lanes=8, act_bits=9, weight_bits=4)
    assert (config.beats, config.slots, config.multipliers) == (4, 4, 30)
    assert (config.act_word_bits, config.weight_word_bits) == (72, 40)
    assert config.shape == "3x5x2"
    assert ArrayConfig(rows=8, lanes=2).slots == 8  # more rows than beats


def test_adder_tree_levels():
    assert [ArrayConfig(dot=d).tree_levels for d in (1, 2, 3, 4, 5, 8)] == [0, 1, 2, 2, 3, 3]


def test_numpy_integers_are_integers():
    config = ArrayConfig(rows=np.int64(4), lanes=np.uint8(8))
    assert config == ArrayConfig(rows=4, lanes=8)
    assert type(config.rows) is type(config.lanes) is int


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"rows": 0}, "rows must be from 1 to 1024, not 0"),
        ({"cols": -1}, "cols must be from 1 to 1024, not -1"),
        ({"dot": 0}, "dot must be from 1 to 256, not 0"),
        ({"lanes": -4}, "lanes must be from 0 to 65536, not -4"),
        ({"dot": 3, "lanes": 8}, "lanes must be a multiple of dot, not 8 with dot 3"),
        ({"act_bits": 1}, "act_bits must be from 2 to 16, not 1"),
        ({"weight_bits": 17}, "weight_bits must be from 2 to 16, not 17"),
        ({"acc_bits": 49}, "acc_bits must be from 8 to 48, not 49"),
        ({"addr_bits": 3}, "addr_bits must be from 4 to 32, not 3"),
        ({"size_bits": 25}, "size_bits must be from 4 to 24, not 25"),
        ({"act_words": 1}, "act_words must be from 2 to 4294967296, not 1"),
        (
            {"addr_bits": 8, "weight_words": 257, "act_words": 256},
            "weight_words must be at most 2**addr_bits = 256, not 257",
        ),
    ],
)
def test_values_out_of_range(parameters, message):
    with pytest.raises(ValueError, match="^" + message.replace("*", r"\*") + "$"):
        ArrayConfig(**parameters)


@pytest.mark.parametrize("value", [2.0, "8", None, True])
def test_values_that_are_no_integers(value):
    with pytest.raises(TypeError, match="rows must be an integer, not"):
        ArrayConfig(rows=value)
