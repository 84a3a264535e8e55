"""What a simulator executes: words to be written, registers, and what must come of them.

A program is a list of steps of one core, from its reset on; of an empty batch it has none. It is
compiled once, from a layer or from a chain of layers. What executes it decides nothing: Amaranth's
simulator, Verilator, a test bench and the model do the same for each step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from convolith.model.arrays import Bytes, Ints, Words
from convolith.model.compile.bases import Bases
from convolith.model.compile.chain import Link
from convolith.model.compile.images import IMAGES, word_counts
from convolith.model.compile.piece import Piece, whole_piece
from convolith.model.compile.registers import layer_registers
from convolith.model.compile.schedule import Schedule
from convolith.model.compile.tensors import Tensors
from convolith.model.dataflow import cycles
from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.dataflow.events import Events, events
from convolith.model.dataflow.post_cycles import post_cycles
from convolith.model.dataflow.post_rows import chunks
from convolith.model.dataflow.readiness import Readiness
from convolith.model.dataflow.stored import Store
from convolith.model.numbers.packing import (
    from_ints,
    pack_fields,
    pack_words,
    to_ints,
    unpack_words,
)
from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Field, Stream
from convolith.model.options.units import memories, outputs, registers, write_ports
from convolith.model.quantization.output import Output

__all__ = ["Program", "Step", "compile_chain", "compile_layer"]

NO_BASES = Bases()


@dataclass(frozen=True, kw_only=True)
class Step:
    """One start of the core: what is written before it, its registers, and what must leave.

    Parameters
    ----------
    tiling : Dataflow
        What the array computes.
    words : dict of integer array, (words, numbers)
        Per memory the words that are written to it, from its base on. A memory that is not here
        keeps its words.
    registers : dict of int
        Their values, in their order.
    rows : int
        Rows of sums, or words of activations, that leave.
    cycles : int
        From the edge that accepts the registers to the edge that transfers the last row, or to the
        cycle in which the last row is kept.
    bases : Bases
        The addresses of the first words.
    output : Output, optional
        The sums are requantized, to such activations.
    store : Store, optional
        The activations are also written to the activation memory.
    """

    tiling: Dataflow
    words: Mapping[str, Words]
    registers: Mapping[str, int]
    rows: int
    cycles: int
    bases: Bases = NO_BASES
    output: Output | None = None
    store: Store | None = None

    @classmethod
    def of(
        cls,
        tiling: Dataflow,
        words: Mapping[str, Words],
        *,
        bases: Bases = NO_BASES,
        output: Output | None = None,
        store: Store | None = None,
        **registers: int,
    ) -> "Step":
        """Of memory words as `Image` gives them; ``registers`` are more of `layer_registers`.

        Raises
        ------
        ValueError
            If an extent or an address does not fit its register.
        """
        kept = bool(registers.get("keep_sums"))
        leaving = tiling.output_rows * (chunks(tiling) if output else 1)
        return cls(
            tiling=tiling,
            words={name: new for name, new in words.items() if len(new)},
            registers=layer_registers(
                tiling, act_base=bases.act, output=output, store=store,
                **bases.registers, **registers,
            ),
            rows=0 if kept else leaving,
            cycles=post_cycles(tiling) if output else cycles.cycles(tiling, kept=kept),
            bases=bases,
            output=output,
            store=store,
        )

    @property
    def config(self) -> ArrayConfig:
        """The array's."""
        return self.tiling.config

    @property
    def load_cycles(self) -> int:
        """To write the words, one each per cycle and memory, all memories at the same time."""
        return max(map(len, self.words.values()), default=0)

    @property
    def stream(self) -> str:
        """The output on which it leaves."""
        return "results" if self.output else "o"

    @property
    def row(self) -> Field:
        """The numbers that leave at a time, in the lowest bits of the stream's payload."""
        streams = [out for out in outputs(self.config) if isinstance(out, Stream)]
        (mine,) = [stream for stream in streams if stream.name == self.stream]
        return mine.fields[0]

    @property
    def register_word(self) -> int:
        """The registers as the core takes them."""
        return pack_fields(registers(self.config), self.registers)

    def packed(self, memory: str, size: int = 0) -> Bytes:
        """A memory's new words, (words, size); without a size as short as can be."""
        bits = memories(self.config)[memory].number_bits
        return pack_words(self.words[memory], bits, size)

    def writes(self, memory: str) -> list[int]:
        """The payloads of a memory's input stream that write them: an address, above it a word."""
        base = self.base(memory)
        words = to_ints(self.words[memory], memories(self.config)[memory].number_bits)
        return [base + i | word << self.config.addr_bits for i, word in enumerate(words)]

    def base(self, memory: str) -> int:
        """Where a memory's words begin."""
        return self.bases.of(self.config, memory)

    @cached_property
    def reads(self) -> dict[str, range]:
        """Per memory the addresses that the layer may read."""
        return {
            name: range(self.base(name), self.base(name) + count)
            for name, count in word_counts(self.tiling).items()
        }

    def events(self, readiness: Readiness) -> Events:
        """When things happen, if the outputs are not always ready."""
        kept = bool(self.registers.get("keep_sums"))
        return events(
            self.tiling, readiness, requantized=self.output is not None, kept=kept
        )

    def write(self, held: dict[str, Any], words: Mapping[str, Words]) -> None:
        """Puts its words, in whatever form, where memories ``held`` have words of that form.

        In a memory that the core writes as well, the other words stay.
        """
        written = {port.memory for port in write_ports(self.config)}
        for name, new in words.items():
            first = self.base(name)
            if name in written or first:
                kept = name in written and name in held
                depth = memories(self.config)[name].depth if name in written else first + len(new)
                if not kept:
                    held[name] = np.zeros((depth, new.shape[1]), dtype=new.dtype)
                held[name][first : first + len(new)] = new
            else:
                held[name] = new

    def read(self, held: Mapping[str, Any], memory: str) -> Any:
        """The layer's words in a memory."""
        words = self.reads[memory]
        return held[memory][words.start : words.stop]

    def unpacked(self, rows: Bytes) -> Ints:
        """What left, (rows, bytes), as numbers: (rows, C), or (words, L)."""
        return unpack_words(rows, self.row.count, self.row.bits)

    def numbers(self, payloads: Sequence[int]) -> Ints:
        """Payloads that left, likewise."""
        return from_ints(payloads, self.row.count, self.row.bits)

    @property
    def last_bit(self) -> int:
        """Which bit of a payload says that it is the last one."""
        return self.row.count * self.row.bits


Program = Sequence[Step]
"""Steps of one core, one after the other, from its reset on; none for an empty batch."""


def compile_layer(
    schedule: Schedule, tensors: Tensors, bases: Bases = NO_BASES
) -> Program:
    """A step for each piece, which writes the words that the piece before has not left."""
    return [
        _step(piece, tensors, new, bases)
        for piece, new in zip(schedule.pieces, schedule.writes(), strict=True)
    ]


def compile_chain(links: Sequence[Link], layers: Sequence[Tensors]) -> Program:
    """A step for each layer; all but the first find their input where it has been stored."""
    steps = []
    for i, (link, tensors) in enumerate(zip(links, layers, strict=True)):
        mapping, piece = link.mapping, whole_piece(link.mapping)
        biased = tensors.bias is not None
        (new,) = Schedule(mapping.config, mapping.layer, (piece,), biased).writes()
        if i:
            new["act"] = 0
        steps.append(_step(piece, tensors, new, link.bases, link.store))
    return steps


def _step(
    piece: Piece,
    tensors: Tensors,
    new: Mapping[str, int],
    bases: Bases,
    store: Store | None = None,
) -> Step:
    """``new``: how many words are written to each memory."""
    tiling = piece.mapping.tiling
    words: dict[str, Words] = {}
    for image in IMAGES:
        if any(new.get(name) for name in image.memories):
            words |= image.words(piece, tensors)
    return Step.of(
        tiling, words, bases=bases, store=store,
        output=tensors.output if piece.last else None, padding_value=tensors.padding_value,
        add_bias=int(tensors.bias is not None and piece.first), add_sums=int(not piece.first),
        keep_sums=int(not piece.last),
    )
