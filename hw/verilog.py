"""The core as Verilog text, with a head that explains its parameters and ports."""

import re
from dataclasses import fields

from amaranth.back import verilog
from amaranth.lib import data

import convolith
from convolith.hw.cells.generic import VerilogPlatform
from convolith.hw.cells.generic.word_memory import memory_module
from convolith.hw.core import Core
from convolith.hw.layouts.fields import struct_of
from convolith.hw.memory import CoreWithMemories, write_layout
from convolith.hw.name import NAME
from convolith.model.dataflow.cycles import MEMORY_LATENCY
from convolith.model.options import units
from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Field, Memory, Stream

__all__ = ["core_verilog", "interface"]

_LINT = """// For Verilator: Amaranth writes operands in their own widths, which Verilog
// extends as it should (1, 2), and no default where a case's signals were set before it (3).
/* verilator lint_off WIDTHEXPAND */
/* verilator lint_off WIDTHTRUNC */
/* verilator lint_off CASEINCOMPLETE */
"""


def core_verilog(
    config: ArrayConfig, *, memories: bool = True, observe: bool = False, gated: bool = False,
    device: str = "", name: str = NAME,
) -> str:
    """`CoreWithMemories`, or `Core` without ``memories``, as a module.

    ``observe`` and ``gated`` are those of `Core`; ``gated`` needs a core without memories. For a
    ``device`` that we know the module has the part's own cells. ``name`` is the module's name; the
    names of all modules within it begin with it. The text depends on these arguments alone: it
    contains no path and no date.
    """
    if memories:
        component = CoreWithMemories(config, observe=observe)
    else:
        component = Core(config, observe=observe, gated=gated)
    head = [
        f"{name}: output-stationary convolution core (Convolith {convolith.__version__})",
        "SPDX-License-Identifier: Apache-2.0",
        "",
        *interface(config, memories).split("\n"),
    ]
    comment = "".join(f"// {line}".rstrip() + "\n" for line in head)
    platform = VerilogPlatform(name, device)
    text = verilog.convert(component, name=name, platform=platform, emit_src=False)
    # Yosys' word that an if has an else, which other tools take for their own directive.
    text = re.sub(r"^ *\(\* full_case = .*\*\)\n", "", text, flags=re.MULTILINE)
    return comment + _LINT + text + memory_module(name)


def interface(config: ArrayConfig, memories: bool) -> str:
    """The head's text: all parameters and ports, with their meanings."""
    lines = [
        "Parameters",
        *(f"    {line}" for line in _parameters(config, memories)),
        "",
        "Ports",
        "    Streams transfer in a cycle in which valid and ready are both 1; once valid is 1, it",
        "    and the payload stay until then. All is synchronous to clk; rst is synchronous, and",
        "    active high. A payload's fields, from bit .. to bit:",
        "",
        *(f"    {line}".rstrip() for line in _ports(config, memories)),
    ]
    return "\n".join(lines).rstrip()


def _parameters(config: ArrayConfig, memories: bool) -> list[str]:
    outside = () if memories else ("act_words", "weight_words")
    return [
        f"{field.name:<12} = {getattr(config, field.name):<6} {units.PARAMETERS[field.name]}"
        for field in fields(config)
        if field.name not in outside
    ]


def _ports(config: ArrayConfig, memories: bool) -> list[str]:
    lines = []
    stored = {port.memory for port in units.write_ports(config)}
    for memory in units.memories(config).values():
        described = _loaded if memories else _read
        lines += described(config, memory, memory.name in stored)
        if memory.fields:
            lines += [f"    {memory.placing}", *_described(memory.fields)]
    for port in () if memories else units.write_ports(config):
        name = port.name
        lines += [
            f"{name}__address, {name}__en, {name}__data: a write port of the memory {port.memory}",
            *(f"    {line}" for line in port.meaning),
            "",
        ]
    lines.append("i_layer: starts a layer whose words are in the memories")
    lines += _described(units.registers(config))
    for output in units.outputs(config):
        lines.append(f"{output.name}: {output.meaning}")
        lines += _described(output.fields) if isinstance(output, Stream) else [""]
    orders = [unit.row_order for unit in units.units(config) if unit.row_order]
    return [*lines, "Rows of sums come in the order", *(f"    {order}" for order in orders)]


def _loaded(config: ArrayConfig, memory: Memory, stored: bool) -> list[str]:
    """The stream that loads a memory on the chip."""
    ready = "ready, but in cycles in which a result is stored" if stored else "always ready"
    word = write_layout(config, memory.word_bits)
    return [
        f"i_{memory.name}: a memory word to be written; {ready}",
        *_fields(word, {"address": "where", "word": memory.meaning}),
    ]


def _read(config: ArrayConfig, memory: Memory, stored: bool) -> list[str]:
    """The port that reads a memory outside."""
    name = memory.name
    return [
        f"{name}__address, {name}__en, {name}__data: the read port of a memory",
        f"    data: {memory.meaning};",
        f"    {MEMORY_LATENCY} cycles after its address and en; without en it does not",
        "    matter, but must not be undefined",
        "",
    ]


def _described(parts: tuple[Field, ...]) -> list[str]:
    return _fields(struct_of(parts), {part.name: part.meaning for part in parts})


def _fields(layout: data.Layout, meanings: dict[str, str]) -> list[str]:
    lines = []
    for name, field in layout:
        bits = f"{field.offset}..{field.offset + field.width - 1}"
        lines.append(f"    {name:<16} {bits:<10} {meanings[name]}".rstrip())
    return [*lines, ""]
