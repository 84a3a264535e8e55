"""A layer as a folder: the core's Verilog, memory images, expected rows, and a test bench."""

import json
from collections.abc import Iterator
from pathlib import Path

from convolith.hw.name import NAME
from convolith.hw.verilog import core_verilog
from convolith.model.numbers.packing import to_ints
from convolith.model.options.units import memories, registers
from convolith.sim.export.names import checked_name
from convolith.sim.export.register_header import register_header
from convolith.sim.export.testbench.bench import Bench
from convolith.sim.export.testbench.hexfile import hex_line, hex_text
from convolith.sim.export.testbench.layer_json import compiled_json
from convolith.sim.export.testbench.pieces import piece_columns, piece_table
from convolith.sim.export.testbench.readme import readme
from convolith.sim.export.vendors import file_list
from convolith.sim.export.waivers import waivers
from convolith.sim.layers.compiled import Compiled
from convolith.sim.report.files import OutputFiles, folder_in_case

__all__ = ["bench_folder", "write_testbench"]

TIME_SCALE = "`timescale 1ns / 1ps\n"

NO_PLACE = (1 << 32) - 1
"""In places.hex: a number that is no output."""


def bench_folder(
    compiled: Compiled, *, on_chip: bool = True, name: str = NAME
) -> dict[str, str]:
    """The folder's files by name; the same for the same layer, to the byte.

    ``on_chip``: the core has its memories; if not, the bench has them. ``name``: of the core's
    module.
    """
    config, program = compiled.config, compiled.program
    words = {
        memory: sum(len(step.words.get(memory, ())) for step in program)
        for memory in memories(config)
    }
    layer = compiled.layer
    bench = Bench(
        core=name, on_chip=on_chip, steps=program, words=words,
        sizes=(layer.OC, layer.OX, layer.OY), about=f"{layer}, {compiled.mapping}",
    )
    files = {
        # As the bench: some tools take no design in which only some modules have a time scale.
        f"{name}.v": TIME_SCALE + core_verilog(config, memories=on_chip, name=name),
        f"{name}_registers.vh": register_header(config, name),
        f"{bench.name}.v": bench.text(),
        f"{bench.name}.f": file_list(name, bench.name),
        f"{bench.name}.vlt": waivers(),
        "layer.json": json.dumps(compiled_json(compiled), indent=2) + "\n",
        "layer.hex": _layer(compiled),
        **{f"{memory}.hex": _image(compiled, memory) for memory in words},
        "pieces.hex": _pieces(compiled),
        "rows.hex": _rows(compiled),
        "places.hex": _places(compiled),
    }
    if compiled.memory is not None:
        files["stored.hex"] = _stored(compiled)
    files["README.md"] = readme(compiled, bench, files)
    return files


def write_testbench(
    compiled: Compiled, folder: str | Path, *, on_chip: bool = True, name: str = NAME
) -> None:
    """Writes a layer as a test bench in Verilog, as ``convolith testbench`` does.

    Parameters
    ----------
    compiled : Compiled
        From ``convolith.compile``.
    folder : path
        It is made if it is not there.
    on_chip : bool
        The core has its memories; if not, it has ports for them, and the bench has the memories.
    name : str
        The core's module; the bench's is ``{name}_bench``.

    Raises
    ------
    TypeError, ValueError
        If it is no `Compiled`, no name that a module can have, or a file cannot be written.
    """
    if not isinstance(compiled, Compiled):
        raise TypeError(
            f"a test bench is of what convolith.compile gives, not of a {type(compiled).__name__}"
        )
    checked_name(name)
    folder = Path(folder)
    contents = bench_folder(compiled, on_chip=on_chip, name=name)
    with folder_in_case(folder), OutputFiles() as outputs:
        for file, text in contents.items():
            outputs.add(folder / file).write_text(text)


def _layer(compiled: Compiled) -> str:
    bits = sum(field.bits for field in registers(compiled.config))
    return hex_text(
        *((f"piece {i}", [step.register_word]) for i, step in enumerate(compiled.program)),
        bits=bits,
    )


def _image(compiled: Compiled, memory: str) -> str:
    """The words of all pieces, one piece after the other."""
    of = memories(compiled.config)[memory]
    parts = []
    for i, step in enumerate(compiled.program):
        if memory in step.words:
            words = to_ints(step.words[memory], of.number_bits)
            first = step.base(memory)
            parts.append((
                f"piece {i}: addresses {first} to {first + len(words) - 1}", words,
            ))
    return hex_text(*parts or [("not used by this layer", [0])], bits=of.word_bits)


def _pieces(compiled: Compiled) -> str:
    """The table, a line per piece; the last column is on the left, in the highest bits."""
    columns = ", ".join(reversed(piece_columns(compiled.config)))
    lines = [f"// {columns}"]
    for line in piece_table(compiled.program):
        lines.append("_".join(hex_line(number, 32) for number in reversed(line)))
    return "\n".join([*lines, ""])


def _rows(compiled: Compiled) -> str:
    """What must leave: the payloads of the stream, `last` in the highest bit."""
    parts = []
    for i, (step, rows) in enumerate(zip(compiled.program, compiled.rows, strict=True)):
        payloads = to_ints(rows, step.row.bits)
        if payloads:
            payloads[-1] |= 1 << step.last_bit
            parts.append((f"piece {i}", payloads))
    return hex_text(*parts, bits=compiled.program[-1].last_bit + 1)


def _places(compiled: Compiled) -> str:
    """For each number that leaves, the first one on the right, its index in the output."""
    lines = ["// n, oc, ox and oy as one index; ffffffff: no output"]
    for places in compiled.places:
        for row in places:
            numbers = [NO_PLACE if place < 0 else int(place) for place in reversed(row)]
            lines.append("_".join(hex_line(number, 32) for number in numbers))
    return "\n".join([*lines, ""])


def _stored(compiled: Compiled) -> str:
    """The activation memory after the end, but for words that are zero."""
    assert compiled.memory is not None
    memory = memories(compiled.config)["act"]
    return "\n".join([*_sections(to_ints(compiled.memory, memory.bits), memory.word_bits), ""])


def _sections(words: list[int], bits: int) -> Iterator[str]:
    """Words in runs, each with the address of its first one."""
    yield "// the activation memory after the end; other words are zero"
    before = False
    for address, word in enumerate(words):
        if word and not before:
            yield f"@{address:x}"
        if word:
            yield hex_line(word, bits)
        before = bool(word)
