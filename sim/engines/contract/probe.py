"""What a recording has of each cycle: signals of the core, the same in every simulator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Bytes, Ints
from convolith.model.numbers.packing import unpack_words
from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Flag, Stream
from convolith.model.options.units import memories, outputs

__all__ = ["OBSERVED", "Probe", "Recorder", "probes"]

OBSERVED = ("cycle", "mac", "tile", "n", "oc", "ox", "oy", "ic", "kx", "ky")
"""Signals of the observer."""


@dataclass(frozen=True)
class Probe:
    """A signal of the core that is recorded.

    Parameters
    ----------
    path : str
        Its place below the core: the blocks, and the signal's name.
    bits : int
        The width of one of its numbers.
    count : int
        Numbers in it, the first one lowest.
    signed : bool
    last : bool
        There is one more bit above the numbers, a stream's ``last``.
    """

    path: str
    bits: int
    count: int = 1
    signed: bool = False
    last: bool = False

    @property
    def width(self) -> int:
        """Bits of the signal."""
        return self.bits * self.count + self.last

    def numbers(self, words: Bytes) -> Ints:
        """Recorded words, (cycles, bytes), as numbers, (cycles, count)."""
        found = unpack_words(words, self.count, self.bits)
        if self.signed or self.bits >= 64:
            return found
        mask: Ints = found & np.int64((1 << self.bits) - 1)
        return mask

    def lasts(self, words: Bytes) -> NDArray[np.bool_]:
        """The bit above the numbers, (cycles,)."""
        byte, bit = divmod(self.bits * self.count, 8)
        return (words[:, byte] >> bit & 1).astype(bool)


class Recorder(Protocol):
    """Takes what is recorded, some cycles at a time."""

    @property
    def window(self) -> tuple[int, int]:
        """The first and the last cycle that it wants."""

    def take(self, first: int, words: Mapping[str, NDArray[np.uint8]]) -> None:
        """Takes cycles from ``first`` on: for each probe's path its words, (cycles, bytes)."""


def probes(config: ArrayConfig) -> Sequence[Probe]:
    """All that is recorded of a core; in the Verilog they are below the instance of the core."""
    size, address = config.size_bits, config.addr_bits
    widths = {"cycle": 48, "mac": 1, "tile": config.tile_bits,
              "ic": size + config.lanes.bit_length()}
    found = [Probe(f"observer.{name}", widths.get(name, size)) for name in OBSERVED]
    for memory in memories(config).values():
        found += [
            Probe(f"{memory.name}__en", 1), Probe(f"{memory.name}__address", address),
            Probe(f"{memory.name}__data", memory.bits, memory.count, signed=not memory.fields),
        ]
    found += [Probe("array.done", 1), Probe("array.o_valid", 1)]
    for output in outputs(config):
        if isinstance(output, Flag):
            found.append(Probe(output.name, 1))
        if isinstance(output, Stream):
            numbers = output.fields[0]
            payload = f"{output.name}__payload"
            found += [
                Probe(f"{output.name}__valid", 1),
                Probe(payload, numbers.bits, numbers.count, signed=True, last=True),
            ]
    for r in range(config.rows):
        for c in range(config.cols):
            pe = f"array.pe_{r}_{c}"
            found += [
                Probe(f"{pe}.activations", config.act_bits, config.dot, signed=True),
                Probe(f"{pe}.weights", config.weight_bits, config.dot, signed=True),
                Probe(f"{pe}.accumulator", config.acc_bits, signed=True),
            ]
    return found
