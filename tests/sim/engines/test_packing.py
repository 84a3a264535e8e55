"""Words and rows as bytes, beside Python's integers."""

import numpy as np
import pytest
from drawing import random_ints

from convolith.model.dataflow.layout import to_ints
from convolith.sim.engines.contract import packing
from convolith.sim.engines.contract.packing import pack_words, unpack_payloads, unpack_rows


@pytest.mark.parametrize("bits", [2, 3, 7, 8, 9, 15, 16])
@pytest.mark.parametrize(("lanes", "size"), [(1, 4), (3, 8), (16, 32), (17, 36)])
def test_pack_words(bits, lanes, size, monkeypatch):
    monkeypatch.setattr(packing, "CHUNK", 40)
    words = random_ints(bits + lanes, (11, lanes), bits)
    packed = pack_words(words, bits, size)
    assert packed.dtype == np.uint8
    assert packed.shape == (11, size)
    values = [int.from_bytes(row.tobytes(), "little") for row in packed]
    assert values == to_ints(words, bits)
    assert np.array_equal(packed, pack_words(words.astype(np.int16), bits, size))


@pytest.mark.parametrize("bits", [8, 11, 31, 32, 33, 41, 47, 48])
@pytest.mark.parametrize("cols", [1, 2, 7])
def test_unpack_rows(bits, cols):
    sums = random_ints(bits * cols, (9, cols), bits)
    size = -(-(bits * cols + 1) // 32) * 4
    payloads = [value | 1 << bits * cols for value in to_ints_any(sums, bits)]
    rows = np.frombuffer(
        b"".join(payload.to_bytes(size, "little") for payload in payloads), dtype=np.uint8
    ).reshape(9, size)
    assert np.array_equal(unpack_rows(rows, cols, bits), sums)
    assert np.array_equal(unpack_payloads(payloads, cols, bits), sums)


def to_ints_any(sums, bits):
    mask = (1 << bits) - 1
    return [
        sum((int(value) & mask) << (c * bits) for c, value in enumerate(row)) for row in sums
    ]
