"""A self-checking test bench in Verilog-2005, for one core, and for the files of one layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from convolith.model.compile.program import Step
from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Flag, Memory, Stream, WritePort
from convolith.model.options.units import memories, outputs, registers, write_ports
from convolith.sim.export.testbench.pieces import COLUMNS, piece_columns
from convolith.sim.report.template import filled

__all__ = ["Bench"]


@dataclass(frozen=True, kw_only=True)
class Bench:
    """The text of a test bench.

    Parameters
    ----------
    core : str
        The core's module.
    on_chip : bool
        The core has its memories. If not, the bench has them.
    steps : sequence of Step
        What it runs. All that leaves comes on the stream of the last step.
    words : dict of int
        The words in each memory's file.
    sizes : tuple of int
        OC, OX and OY of the layer's output.
    about : str
        The layer, for the head.
    """

    core: str
    on_chip: bool
    steps: Sequence[Step]
    words: Mapping[str, int]
    sizes: tuple[int, int, int]
    about: str

    @property
    def name(self) -> str:
        """The bench's module."""
        return f"{self.core}_bench"

    @property
    def config(self) -> ArrayConfig:
        """The core's."""
        return self.steps[0].config

    @cached_property
    def stream(self) -> Stream:
        """The stream on which everything leaves."""
        (mine,) = [stream for stream in self._streams if stream.name == self.steps[-1].stream]
        return mine

    def text(self) -> str:
        """The Verilog."""
        row = self.steps[-1].row
        values = {
            "bench": self.name, "core": self.core, "layer": self.about,
            "item": self.stream.item, "stream": self.stream.name,
            "pieces": len(self.steps), "rows": (rows := sum(step.rows for step in self.steps)),
            "numbers": row.count, "bits": row.bits,
            "offset": self.steps[-1].output.offset if self.steps[-1].output else 0,
            "OC": self.sizes[0], "OX": self.sizes[1], "OY": self.sizes[2],
            "cycles": sum(step.cycles for step in self.steps),
            "table_bits": 32 * len(self._columns),
            "columns": self._column_wires(),
            "layer_bits": sum(field.bits for field in registers(self.config)),
            "memories": "\n\n".join(map(self._memory, self._memories.values())),
            "streams": "\n".join([*map(self._stream, self._streams), *self._flag_wires()]),
            "ports": ",\n".join(f"    .{port}({of})" for port, of in self._ports()),
            "expected_words": rows, "ends": " || ".join(["transfer && left == 1", *self._ends]),
            "transfers": "".join(
                f"\n    || ({name}_valid & {name}_ready) === 1'b1" for name in self._memories
            ),
            "others": "\n".join(self._others()),
            "lacking": " || ".join(f"{name}_lacks" for name in self._memories),
            "loaded": " && ".join(f"{name}_done" for name in self._memories),
            "stored": self._stored(), "compare": self._compare(),
            "memory": "" if self.on_chip else self._template("memory.v.in", bench=self.name),
        }
        return self._template("bench.v.in", **values)

    def _template(self, file: str, /, **values: object) -> str:
        """A file of the folder text, with these values in their places."""
        return filled(files(__package__).joinpath("text", file).read_text(), values)

    @cached_property
    def _memories(self) -> Mapping[str, Memory]:
        return memories(self.config)

    @cached_property
    def _stores(self) -> dict[str, WritePort]:
        """The core's write port of each memory that it writes."""
        return {port.memory: port for port in write_ports(self.config)}

    @cached_property
    def _streams(self) -> list[Stream]:
        return [output for output in outputs(self.config) if isinstance(output, Stream)]

    @cached_property
    def _flags(self) -> list[str]:
        return [output.name for output in outputs(self.config) if isinstance(output, Flag)]

    @property
    def _ends(self) -> list[str]:
        return [f"{name} && running" for name in self._flags]

    @cached_property
    def _columns(self) -> list[str]:
        return piece_columns(self.config)

    def _column_wires(self) -> str:
        return "\n".join(
            f"  wire [31:0] {name} = now[{32 * i} +: 32];" + (f"  // {text}" if text else "")
            for i, name in enumerate(self._columns) for text in [COLUMNS.get(name, "")]
        )

    def _memory(self, memory: Memory) -> str:
        name, address = memory.name, self.config.addr_bits
        number = list(self._memories).index(name) + 1
        text = self._template(
            "load.v.in", bench=self.name, name=name, meaning=memory.meaning, address=address,
            bits=memory.word_bits, words=max(1, self.words[name]), number=number,
        )
        return text if self.on_chip else text + self._outside(memory)

    def _outside(self, memory: Memory) -> str:
        """The memory itself, which the core reads through a port and perhaps writes."""
        name = memory.name
        store = self._stores.get(name)
        values: dict[str, object] = {
            "bench": self.name, "name": name, "address": self.config.addr_bits,
            "bits": memory.word_bits, "depth": memory.depth,
        }
        if not store:
            return self._template(
                "outside.v.in", **values, store="", ready="1'b1", banks=1, en=f"{name}_valid",
                where=f"{name}_address", data=f"{name}_word",
            )
        port, banks = store.name, store.banks
        wires = self._template("store.v.in", **values, port=port, banks=banks, part=store.bits)
        return self._template(
            "outside.v.in", **values, store=wires, ready="!storing", banks=banks,
            en=f"storing ? {port}__en : {{{banks}{{{name}_valid}}}}",
            where=f"storing ? {port}__address : {name}_address",
            data=f"storing ? {{{banks}{{{port}__data}}}} : {name}_word",
        )

    def _stream(self, stream: Stream) -> str:
        """The wires of a stream, and when the bench takes from it."""
        name = stream.name
        bits = sum(field.bits * max(1, field.count) for field in stream.fields)
        number = len(self._memories) + 1 + self._streams.index(stream)
        return self._template(
            "take.v.in", bench=self.name, name=name, bits=bits, number=number
        ).rstrip()

    def _flag_wires(self) -> list[str]:
        return [f"  wire {name};" for name in self._flags]

    def _ports(self) -> list[tuple[str, str]]:
        """The core's ports, and what is connected to them."""
        ports = []
        for name in self._memories:
            if self.on_chip:
                ports += [
                    (f"i_{name}__valid", f"{name}_valid"), (f"i_{name}__ready", f"{name}_ready"),
                    (f"i_{name}__payload", f"{{{name}_word, {name}_address}}"),
                ]
            else:
                ports += [(f"{name}__{part}",) * 2 for part in ("address", "en", "data")]
        if not self.on_chip:
            ports += [
                (f"{port.name}__{part}",) * 2
                for port in self._stores.values() for part in ("address", "en", "data")
            ]
        for stream in self._streams:
            ports += [(f"{stream.name}__{part}",) * 2 for part in ("valid", "ready", "payload")]
        return [*ports, *((name, name) for name in self._flags)]

    def _others(self) -> list[str]:
        """The checks that what this layer does not give does not come."""
        lines = [
            f'      if ({stream.name}__valid !== 1\'b0) fail("a {stream.item} came on '
            f'{stream.name}, where none must come");'
            for stream in self._streams if stream is not self.stream
        ]
        return lines + [
            f'      if ({name} !== 1\'b0 && !({name} === 1\'b1 && running && rows_due == 0))\n'
            f'        fail("{name} came where it must not");'
            for name in self._flags
        ]

    @property
    def _is_stored(self) -> bool:
        return self.steps[-1].store is not None

    def _stored(self) -> str:
        if not self._is_stored:
            return ""
        act = self._memories["act"]
        return self._template("stored.v.in", depth=act.depth, bits=act.word_bits)

    def _compare(self) -> str:
        if not self._is_stored:
            return ""
        words = "act_memory.words[i]"
        if self.on_chip:
            banks = range(self._stores["act"].banks)
            words = ", ".join(
                f"dut.act_memory_{bank}.memory.words[i]" for bank in reversed(banks)
            )
        return self._template(
            "compare.v.in", depth=self._memories["act"].depth, words=words
        )
