"""Memory words, rows and registers as bytes or Python integers, the first number lowest."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Bytes, Ints
from convolith.model.options.unit import Field

__all__ = [
    "bit_planes", "from_ints", "pack_fields", "pack_records", "pack_words", "to_ints",
    "unpack_records", "unpack_words",
]

CHUNK = 1 << 22  # numbers that are unfolded to bits at a time, if they are not whole bytes


def bit_planes(numbers: NDArray[np.integer], bits: int) -> Bytes:
    """The bits of two's complement numbers, along a new last axis, the lowest bit first."""
    return (numbers[..., None] >> np.arange(bits, dtype=np.int64) & 1).astype(np.uint8)


def pack_words(words: NDArray[np.integer], bits: int, size: int = 0) -> Bytes:
    """Packs words of ``bits``-wide two's complement numbers into ``size`` bytes each.

    (words, numbers) to (words, size), little-endian. Bytes that a word does not fill are zero.
    Without a ``size``, words have as many bytes as they need.
    """
    count, numbers = words.shape
    if bits in (8, 16, 32):
        kind = np.dtype(f"<i{bits // 8}")
        packed = np.ascontiguousarray(words, dtype=kind).view(np.uint8)
    else:
        packed = np.empty((count, -(-numbers * bits // 8)), dtype=np.uint8)
        for start in range(0, count, step := max(1, CHUNK // numbers)):
            part = words[start : start + step].astype(np.int64)
            flat = bit_planes(part, bits).reshape(len(part), numbers * bits)
            packed[start : start + step] = np.packbits(flat, axis=1, bitorder="little")
    if packed.shape[1] == (size or packed.shape[1]):
        return packed
    padded = np.zeros((count, size), dtype=np.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded


def unpack_words(packed: Bytes, count: int, bits: int) -> Ints:
    """Unpacks words, (words, bytes), to signed numbers, (words, count). Other bits are ignored."""
    if bits in (8, 16, 32):
        flat = np.ascontiguousarray(packed[:, : count * bits // 8])
        return flat.view(f"<i{bits // 8}").astype(np.int64)
    # Each number lies within 8 bytes, from the byte of its lowest bit on: 48 + 7 bits at most.
    wide = np.zeros((len(packed), packed.shape[1] + 8), dtype=np.uint8)
    wide[:, : packed.shape[1]] = packed
    numbers = np.empty((len(packed), count), dtype=np.int64)
    for i in range(count):
        byte, bit = divmod(i * bits, 8)
        window = np.ascontiguousarray(wide[:, byte : byte + 8]).view("<u8")[:, 0]
        up = (window << np.uint64(64 - bits - bit)).astype(np.int64)  # moves the sign to the top
        numbers[:, i] = up >> np.int64(64 - bits)
    return numbers


def pack_records(
    fields: Sequence[Field], values: Mapping[str, NDArray[np.integer]], count: int
) -> Bytes:
    """Packs records of some fields, ``count`` of them in a word, the first one lowest.

    ``values``: for each field its numbers, all arrays of the same shape, in the order of the
    records. The result is (words, bytes), little-endian.
    """
    planes = [bit_planes(values[field.name], field.bits) for field in fields]
    bits = np.concatenate(planes, axis=-1)
    return np.packbits(bits.reshape(-1, count * bits.shape[-1]), axis=1, bitorder="little")


def unpack_records(fields: Sequence[Field], words: Bytes, count: int) -> dict[str, Ints]:
    """The inverse of `pack_records`: for each field its unsigned numbers, (records,)."""
    width = sum(field.bits for field in fields)
    bits = np.unpackbits(words, axis=1, bitorder="little")[:, : count * width]
    bits = bits.reshape(-1, width).astype(np.int64)
    values, first = {}, 0
    for field in fields:
        part = bits[:, first : first + field.bits]
        values[field.name] = (part << np.arange(field.bits)).sum(axis=1)
        first += field.bits
    return values


def to_ints(words: NDArray[np.integer], bits: int) -> list[int]:
    """Words of ``bits``-wide two's complement numbers as Python integers, one per word."""
    return [int.from_bytes(row.tobytes(), "little") for row in pack_words(words, bits)]


def from_ints(words: Sequence[int], count: int, bits: int) -> Ints:
    """Words, each a Python integer, to signed numbers, (words, count). Further bits are ignored."""
    size, mask = -(-count * bits // 8), (1 << count * bits) - 1
    packed = b"".join((word & mask).to_bytes(size, "little") for word in words)
    return unpack_words(np.frombuffer(packed, np.uint8).reshape(len(words), size), count, bits)


def pack_fields(fields: Iterable[Field], values: Mapping[str, int]) -> int:
    """The fields of a word side by side, the first one lowest, each in two's complement."""
    word = shift = 0
    for field in fields:
        word |= (values[field.name] & (1 << field.bits) - 1) << shift
        shift += field.bits
    return word
