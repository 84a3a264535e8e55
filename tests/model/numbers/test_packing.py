"""Words, rows and fields as bytes and integers, beside a definition of each bit."""

import numpy as np
import pytest
from drawing import random_ints

from convolith.model.numbers import packing
from convolith.model.numbers.packing import (
    bit_planes,
    from_ints,
    pack_fields,
    pack_records,
    pack_words,
    to_ints,
    unpack_records,
    unpack_words,
)
from convolith.model.options.unit import Field


def bits_of(numbers, bits):
    """Each number's bits, the first number's first, the lowest first."""
    return [int(number) // 2**i % 2 for number in numbers for i in range(bits)]


def value_of(bits):
    return sum(bit * 2**i for i, bit in enumerate(bits))


def test_by_hand():
    assert to_ints(np.array([[1, -1, 2], [-4, 3, 0]]), 3) == [0b010_111_001, 0b000_011_100]
    assert to_ints(np.array([[-32768]]), 16) == [0x8000]
    assert pack_words(np.array([[1, -1, 2]]), 3).tolist() == [[0b10_111_001, 0]]
    assert pack_words(np.array([[1, -2]]), 8, 4).tolist() == [[1, 0xFE, 0, 0]]
    assert from_ints([0b1_010_111_001], 3, 3).tolist() == [[1, -1, 2]]  # the bit above is left out
    assert from_ints([], 3, 3).shape == (0, 3)
    assert bit_planes(np.array([-2]), 4).tolist() == [[0, 1, 1, 1]]


@pytest.mark.parametrize("bits", [2, 3, 7, 8, 9, 15, 16, 31, 32, 48])
@pytest.mark.parametrize(("numbers", "size"), [(1, 8), (3, 20), (16, 96), (17, 108)])
def test_words(bits, numbers, size, monkeypatch):
    monkeypatch.setattr(packing, "CHUNK", 40)
    words = random_ints(bits + numbers, (11, numbers), bits)
    packed = pack_words(words, bits, size)
    assert packed.dtype == np.uint8
    assert packed.shape == (11, size)
    for word, row in zip(words, packed, strict=True):
        expected = bits_of(word, bits)
        assert bits_of(row, 8) == expected + [0] * (8 * size - len(expected))
    assert pack_words(words, bits).shape == (11, -(-numbers * bits // 8))
    assert to_ints(words, bits) == [value_of(bits_of(word, bits)) for word in words]
    if bits <= 16:
        assert np.array_equal(packed, pack_words(words.astype(np.int16), bits, size))


def test_bytes_are_words_of_numbers():
    words = np.array([[0, 255, 128]], dtype=np.uint8)
    assert pack_words(words, 8, 4).tolist() == [[0, 255, 128, 0]]


@pytest.mark.parametrize("bits", [2, 5, 8, 11, 16, 31, 32, 33, 41, 47, 48])
@pytest.mark.parametrize("count", [1, 2, 7])
def test_rows_back_again(bits, count):
    """With a bit above the numbers, which says that a row is the last one."""
    sums = random_ints(bits * count, (9, count), bits)
    payloads = [value_of([*bits_of(row, bits), 1]) for row in sums]
    size = -(-(bits * count + 1) // 32) * 4
    rows = np.array([list(payload.to_bytes(size, "little")) for payload in payloads], np.uint8)
    assert np.array_equal(unpack_words(rows, count, bits), sums)
    assert np.array_equal(from_ints(payloads, count, bits), sums)


def test_fields():
    fields = [
        Field(name="a", bits=3, meaning=""), Field(name="b", bits=4, signed=True, meaning=""),
        Field(name="c", bits=1, meaning=""),
    ]
    assert pack_fields(fields, {"c": 1, "a": 5, "b": -3}) == 0b1_1101_101
    assert pack_fields(fields, {"c": 0, "a": 0, "b": 7}) == 0b0_0111_000


def test_records_by_hand():
    """Two fields of 3 and 7 bits, two records in a word of 20 bits."""
    fields = (Field(name="low", bits=3, meaning=""), Field(name="high", bits=7, meaning=""))
    values = {"low": np.array([[5, 2, 1, 0]]), "high": np.array([[1, 127, 64, 3]])}
    words = pack_records(fields, values, 2)
    numbers = [int.from_bytes(word.tobytes(), "little") for word in words]
    assert numbers == [5 | 1 << 3 | 2 << 10 | 127 << 13, 1 | 64 << 3 | 0 << 10 | 3 << 13]
    found = unpack_records(fields, words, 2)
    assert {name: of.tolist() for name, of in found.items()} == {
        "low": [5, 2, 1, 0], "high": [1, 127, 64, 3]
    }
