"""What an option adds to an array, as plain numbers and text: hw makes layouts and ports of it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from convolith.model.options.config import ArrayConfig

__all__ = ["Field", "Flag", "Memory", "Stream", "Unit", "WritePort"]


@dataclass(frozen=True, kw_only=True)
class Field:
    """A part of a word of registers, or of a stream's payload.

    Parameters
    ----------
    name : str
    bits : int
    signed : bool
    count : int
        So many numbers of ``bits`` each, the first one lowest; 0: one number, which is no array.
    wraps : bool
        A register that holds its value modulo 2**bits.
    meaning : str
        What it holds, for the Verilog's head and the documentation.
    """

    name: str
    bits: int
    signed: bool = False
    count: int = 0
    wraps: bool = False
    meaning: str


@dataclass(frozen=True, kw_only=True)
class Memory:
    """A memory that the core reads: a word has ``count`` numbers of ``bits`` each.

    ``depth`` is that of the memory on the chip, in words. ``meaning``: of a word. ``fields``: of a
    number that has parts, the lowest first; ``placing``: where they are.
    """

    name: str
    bits: int
    count: int
    depth: int
    meaning: str
    fields: tuple[Field, ...] = ()
    placing: str = ""

    @property
    def number_bits(self) -> int:
        """Of a number as a program's image has it: bytes, where a number has parts."""
        return 8 if self.fields else self.bits

    @property
    def word_bits(self) -> int:
        """Bits of a word."""
        return self.bits * self.count


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A stream that leaves the core, with its payload's fields, the first one lowest."""

    name: str
    fields: tuple[Field, ...]
    meaning: str


@dataclass(frozen=True, kw_only=True)
class Flag:
    """A signal of one bit that leaves the core."""

    name: str
    meaning: str


@dataclass(frozen=True, kw_only=True)
class WritePort:
    """A write port of the memory ``memory``, which has ``banks`` of ``bits`` each in a word."""

    name: str
    memory: str
    banks: int
    bits: int
    meaning: tuple[str, ...]


class Unit(ABC):
    """An option, or the array itself.

    A unit says what it adds if it is built in. Those that add nothing of a kind do not say so.
    """

    parameters: Mapping[str, str] = {}
    """Of `ArrayConfig`, those that are this option's, and what each is."""

    row_order: str = ""
    """In which order rows of sums come, if its layers have one of their own."""

    idle_rows: str = ""
    """What the idle rows at the end of a tile do, if the option uses them."""

    @abstractmethod
    def is_in(self, config: ArrayConfig) -> bool:
        """It is built into such an array."""

    def check(self, config: ArrayConfig) -> None:
        """Refuses a configuration that it is in, but cannot be built into.

        Raises
        ------
        ValueError
            Naming the parameter.
        """
        return

    def registers(self, config: ArrayConfig) -> tuple[Field, ...]:
        """Fields of the run-time registers."""
        return ()

    def memories(self, config: ArrayConfig) -> tuple[Memory, ...]:
        """Memories that the core reads."""
        return ()

    def outputs(self, config: ArrayConfig) -> tuple[Stream | Flag, ...]:
        """What leaves the core."""
        return ()

    def write_ports(self, config: ArrayConfig) -> tuple[WritePort, ...]:
        """Memories that the core writes."""
        return ()
