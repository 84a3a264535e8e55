"""The core as Verilog text, with a head that says what its ports are."""

from amaranth.back import verilog
from amaranth.lib import data

import convolith
from convolith.hw.core import Core
from convolith.hw.memory import CoreWithMemories, load_layout
from convolith.hw.array import sums_layout
from convolith.hw.registers import MEANINGS, register_layout
from convolith.model.config import ArrayConfig

__all__ = ["core_verilog"]

NAME = "convolith"

_LINT = """// For Verilator: Amaranth writes operands in their own widths, which Verilog extends as it should (1, 2),
// and no default where a case's signals were set before it (3).
/* verilator lint_off WIDTHEXPAND */
/* verilator lint_off WIDTHTRUNC */
/* verilator lint_off CASEINCOMPLETE */
"""


def core_verilog(config: ArrayConfig, *, memories: bool = True) -> str:
    """`CoreWithMemories`, or `Core`, as a module named ``convolith``.

    The text depends on the configuration alone: it holds no path and no date.
    """
    component = (CoreWithMemories if memories else Core)(config)
    return _head(config, memories) + _LINT + verilog.convert(component, name=NAME, emit_src=False)


def _head(config: ArrayConfig, memories: bool) -> str:
    streams = [
        "Streams transfer in a cycle in which valid and ready are both 1; valid and payload then stay",
        "as they are until the transfer. All is synchronous to clk; rst is synchronous, active high.",
        "A payload's fields, from bit .. to bit, lowest first:",
        "",
    ]
    ports = []
    if memories:
        for name, width, what in (
            ("i_act", config.act_word_bits,
             f"{config.lanes} activations of {config.act_bits} bits, channel 0 lowest"),
            ("i_weight", config.weight_word_bits,
             f"{config.dot} weights of {config.weight_bits} bits for each of {config.cols} columns, "
             "column 0 lowest"),
        ):  # fmt: skip
            ports.append(f"{name}: a memory word to be written; always ready")
            ports += _fields(load_layout(config, width), {"address": "where", "word": what})
    else:
        for name, what in (
            ("act", f"{config.lanes} activations, channel 0 lowest"),
            ("weight", f"{config.dot} weights for each of {config.cols} columns, column 0 lowest"),
        ):
            ports += [
                f"{name}__address, {name}__en, {name}__data: a memory's read port; data is the word",
                f"    ({what}) 2 cycles after its address and en;",
                "    without en it does not matter, but must not be undefined",
                "",
            ]
    ports.append("i_layer: starts a layer whose words are in the memories")
    ports += _fields(register_layout(config), MEANINGS)
    ports.append("o: rows of sums, one per output pixel, in the order (g, oc_tile, n, ox, oy)")
    ports += _fields(sums_layout(config), {
        "sums": f"{config.cols} signed sums of {config.acc_bits} bits, column 0 lowest",
        "last": "the layer's last row",
    })  # fmt: skip
    parameters = [
        f"rows R = {config.rows}, cols C = {config.cols}, dot D = {config.dot}, "
        f"lanes V = {config.lanes}: {config.multipliers} multipliers",
        f"activations {config.act_bits} bits, weights {config.weight_bits} bits, "
        f"sums {config.acc_bits} bits, all signed",
        f"addresses {config.addr_bits} bits, extents below 2**{config.size_bits}",
    ]
    if memories:
        parameters.append(
            f"memories of {config.act_words} activation words and {config.weight_words} weight words"
        )
    lines = [
        f"{NAME}: output-stationary convolution core (Convolith {convolith.__version__})",
        "SPDX-License-Identifier: Apache-2.0",
        "",
        "Parameters",
        *(f"    {line}" for line in parameters),
        "",
        "Ports",
        *(f"    {line}" if line else "" for line in streams + ports),
    ]
    return "".join(f"// {line}".rstrip() + "\n" for line in lines)


def _fields(layout: data.Layout, meanings: dict[str, str]) -> list[str]:
    lines = []
    for name, field in layout:
        bits = f"{field.offset}..{field.offset + field.width - 1}"
        lines.append(f"    {name:<16} {bits:<10} {meanings[name]}".rstrip())
    return [*lines, ""]
