"""Memory words and what comes out as bytes, lane 0 in the lowest bits."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["pack_words", "unpack_payloads", "unpack_rows"]

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


def unpack_rows(rows: NDArray[np.uint8], lanes: int, bits: int) -> NDArray[np.int64]:
    """Words of signed numbers side by side, (rows, bytes), to (rows, lanes)."""
    if bits in (8, 16, 32):
        flat = np.ascontiguousarray(rows[:, : lanes * bits // 8])
        return flat.view(f"<i{bits // 8}").astype(np.int64)
    # Each lies within the 8 bytes from the one that holds its lowest bit: 48 + 7 bits at most.
    wide = np.zeros((len(rows), rows.shape[1] + 8), dtype=np.uint8)
    wide[:, : rows.shape[1]] = rows
    numbers = np.empty((len(rows), lanes), dtype=np.int64)
    for lane in range(lanes):
        byte, bit = divmod(lane * bits, 8)
        window = np.ascontiguousarray(wide[:, byte : byte + 8]).view("<u8")[:, 0]
        up = (window << np.uint64(64 - bits - bit)).astype(np.int64)  # the sign to the top
        numbers[:, lane] = up >> np.int64(64 - bits)
    return numbers


def unpack_payloads(payloads: list[int], lanes: int, bits: int) -> NDArray[np.int64]:
    """Payloads of an output stream, as integers, likewise; what is above the lanes is left out."""
    mask, sign = (1 << bits) - 1, 1 << (bits - 1)
    return np.array(
        [
            [((payload >> (lane * bits) & mask) ^ sign) - sign for lane in range(lanes)]
            for payload in payloads
        ],
        dtype=np.int64,
    ).reshape(-1, lanes)
