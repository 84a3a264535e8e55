"""A Verilog header: where the fields of the core's words lie."""

from collections.abc import Iterable, Iterator

from convolith.model.options import units
from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Field, Stream

__all__ = ["register_header"]

HEAD = """// Where the fields of {core}'s words lie, as ranges of bits: with

//     reg [`{prefix}_LAYER_BITS-1:0] layer = 0;
//     layer[`{prefix}_LAYER_STRIDE_X] = 2;
//
// the word for i_layer has a stride of 2 along x. An array of numbers also has their count and
// their width.
// SPDX-License-Identifier: Apache-2.0

`ifndef {prefix}_REGISTERS
`define {prefix}_REGISTERS
"""


def register_header(config: ArrayConfig, name: str) -> str:
    """The header for the core whose module is called ``name``.

    It has the registers of a layer, the words to be written to memories, and what leaves.
    """
    prefix = name.upper()
    lines = [HEAD.format(core=name, prefix=prefix)]
    lines += _word(f"{prefix}_LAYER", "i_layer: the registers of a layer",
                   units.registers(config))
    for memory in units.memories(config).values():
        address = Field(name="address", bits=config.addr_bits, meaning="where")
        word = Field(name="word", bits=memory.bits, count=memory.count, meaning=memory.meaning)
        lines += _word(f"{prefix}_{memory.name.upper()}",
                       f"i_{memory.name}: a word for the memory {memory.name}", (address, word))
        if memory.fields:
            lines += _word(f"{prefix}_{memory.name.upper()}_NUMBER", "one number of such a word",
                           memory.fields)
    for stream in units.outputs(config):
        if isinstance(stream, Stream):
            lines += _word(f"{prefix}_{stream.name.upper()}", f"{stream.name}: {stream.meaning}",
                           stream.fields)
    return "\n".join([*lines, "`endif", ""])


def _word(prefix: str, comment: str, fields: Iterable[Field]) -> Iterator[str]:
    """The positions of a word's fields."""
    yield f"// {comment}"
    first = 0
    for field in fields:
        bits = field.bits * max(1, field.count)
        name = f"{prefix}_{field.name.upper()}"
        sign = ", signed" if field.signed else ""
        yield f"`define {name} {first + bits - 1}:{first}  // {field.meaning}{sign}"
        if field.count:
            yield f"`define {name}_COUNT {field.count}"
            yield f"`define {name}_WIDTH {field.bits}"
        first += bits
    yield f"`define {prefix}_BITS {first}"
    yield ""
