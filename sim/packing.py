"""Memory words and rows of sums as bytes, lane 0 in the lowest bits."""

import numpy as np
from numpy.typing import NDArray

from convolith.model.config import ArrayConfig

__all__ = ["pack_words", "unpack_rows", "unpack_sums"]

CHUNK = 1 << 22  # lanes unfolded to bits at a time, where they are not whole bytes


def pack_words(words: NDArray[np.integer], bits: int, size: int) -> NDArray[np.uint8]:
    """Words of ``bits``-wide two's complement lanes as ``size`` bytes each, little-endian.

    (words, lanes) to (words, size); what a word does not fill is zero.
    """
    count, lanes = words.shape
    if bits in (8, 16, 32):
        kind = np.dtype(f"<i{bits // 8}")
        packed = np.ascontiguousarray(words, dtype=kind).view(np.uint8)
    else:
        packed = np.empty((count, -(-lanes * bits // 8)), dtype=np.uint8)
        for start in range(0, count, step := max(1, CHUNK // lanes)):
            part = words[start : start + step].astype(np.int64)
            planes = (part[:, :, None] >> np.arange(bits)) & 1
            flat = planes.astype(np.uint8).reshape(len(part), lanes * bits)
            packed[start : start + step] = np.packbits(flat, axis=1, bitorder="little")
    if packed.shape[1] == size:
        return packed
    padded = np.zeros((count, size), dtype=np.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded


def unpack_rows(config: ArrayConfig, rows: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Rows of C sums, (rows, bytes), to (rows, C) signed numbers."""
    bits = config.acc_bits
    if bits == 32:
        sums = np.ascontiguousarray(rows[:, : 4 * config.cols]).view("<i4")
        return sums.astype(np.int64)
    # Each sum lies within the 8 bytes from the one that holds its lowest bit: 48 + 7 bits at most.
    wide = np.zeros((len(rows), rows.shape[1] + 8), dtype=np.uint8)
    wide[:, : rows.shape[1]] = rows
    sums = np.empty((len(rows), config.cols), dtype=np.int64)
    for c in range(config.cols):
        byte, bit = divmod(c * bits, 8)
        window = np.ascontiguousarray(wide[:, byte : byte + 8]).view("<u8")[:, 0]
        up = (window << np.uint64(64 - bits - bit)).astype(np.int64)  # the sign to the top
        sums[:, c] = up >> np.int64(64 - bits)
    return sums


def unpack_sums(config: ArrayConfig, payloads: list[int]) -> NDArray[np.int64]:
    """Payloads of the output stream, as integers, to (rows, C) signed sums."""
    bits = config.acc_bits
    mask, sign = (1 << bits) - 1, 1 << (bits - 1)
    return np.array(
        [
            [((payload >> (c * bits) & mask) ^ sign) - sign for c in range(config.cols)]
            for payload in payloads
        ],
        dtype=np.int64,
    ).reshape(-1, config.cols)
