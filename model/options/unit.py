"""What an option adds to an array, in plain numbers and text. hw makes layouts and ports of it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

__all__ = ["Field", "Flag", "Memory", "Stream", "Unit", "WritePort"]


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of the run-time registers, or of a stream's payload.

    Parameters
    ----------
    name : str
    bits : int
    signed : bool
    count : int
        The field is an array of so many numbers of ``bits`` each, the first one lowest. 0: it is a
        single number.
    wraps : bool
        The register holds its value modulo 2**bits.
    meaning : str
        What the field means, for the Verilog's head and the documentation.
    """

    name: str
    bits: int
    signed: bool = False
    count: int = 0
    wraps: bool = False
    meaning: str

    @property
    def width(self) -> int:
        """Bits of the whole field."""
        return self.bits * max(1, self.count)


@dataclass(frozen=True, kw_only=True)
class Memory:
    """A memory that the core reads. A word has ``count`` numbers of ``bits`` each.

    ``depth``: words of the memory on the chip. ``meaning``: what a word means. ``fields``: the
    parts of a number that has parts, the lowest first. ``placing``: a text that says where the
    fields are. ``bank_of``: the memory of which this one is the second bank.
    """

    name: str
    bits: int
    count: int
    depth: int
    meaning: str
    bank_of: str = ""
    fields: tuple[Field, ...] = ()
    placing: str = ""

    @property
    def number_bits(self) -> int:
        """Bits of a number in a program's image. Numbers that have parts are stored as bytes."""
        return 8 if self.fields else self.bits

    @property
    def word_bits(self) -> int:
        """Bits of a word."""
        return self.bits * self.count


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A stream that leaves the core.

    ``item``: what one transfer is called. ``fields``: its payload, the first field lowest.
    """

    name: str
    item: str
    fields: tuple[Field, ...]
    meaning: str


@dataclass(frozen=True, kw_only=True)
class Flag:
    """A signal of one bit that leaves the core."""

    name: str
    meaning: str


@dataclass(frozen=True, kw_only=True)
class WritePort:
    """A write port of the memory named ``memory``. A word has ``banks`` parts of ``bits`` each."""

    name: str
    memory: str
    banks: int
    bits: int
    meaning: tuple[str, ...]


class Unit(ABC):
    """An option, or the array itself.

    A unit says what it adds to an array into which it is built. Its methods and attributes have
    defaults that add nothing.
    """

    parameters: Mapping[str, str] = {}
    """The option's parameters in `ArrayConfig`, each with its meaning."""

    row_order: str = ""
    """The order in which rows of sums come, if the option's layers have another one."""

    idle_rows: str = ""
    """What the idle rows at the end of a tile do, if the option uses them."""

    @abstractmethod
    def is_in(self, config: ArrayConfig) -> bool:
        """Whether the option is built into such an array."""

    def check(self, config: ArrayConfig) -> None:
        """Refuses a configuration that asks for the option but cannot have it.

        Raises
        ------
        ValueError
            Naming the parameter.
        """
        return

    def registers(self, config: ArrayConfig) -> tuple[Field, ...]:
        """Fields of the run-time registers."""
        return ()

    def idle_registers(self, config: ArrayConfig, layer: ConvLayer) -> Mapping[str, int]:
        """Values of its registers that are not 0 in layers that do not use the option."""
        return {}

    def memories(self, config: ArrayConfig) -> tuple[Memory, ...]:
        """Memories that the core reads."""
        return ()

    def outputs(self, config: ArrayConfig) -> tuple[Stream | Flag, ...]:
        """Streams and flags that leave the core."""
        return ()

    def write_ports(self, config: ArrayConfig) -> tuple[WritePort, ...]:
        """Ports through which the core writes memories."""
        return ()
