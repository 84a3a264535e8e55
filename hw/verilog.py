"""The core as Verilog text, with a head that says what its ports are."""

from dataclasses import fields

from amaranth.back import verilog
from amaranth.lib import data

import convolith
from convolith.hw.array import sums_layout
from convolith.hw.core import Core
from convolith.hw.memory import CoreWithMemories, load_layout
from convolith.hw.ports import word_bits
from convolith.hw.post.lane import parameter_layout
from convolith.hw.post.stage import results_layout
from convolith.hw.registers import meanings, register_layout
from convolith.model.config import ArrayConfig
from convolith.model.cycles import MEMORY_LATENCY
from convolith.model.meanings import MEANINGS as CONFIG_MEANINGS
from convolith.model.quantization.words import MEANINGS as PARAMETER_MEANINGS

__all__ = ["NAME", "core_verilog", "interface"]

NAME = "convolith"

_LINT = """// For Verilator: Amaranth writes operands in their own widths, which Verilog
// extends as it should (1, 2), and no default where a case's signals were set before it (3).
/* verilator lint_off WIDTHEXPAND */
/* verilator lint_off WIDTHTRUNC */
/* verilator lint_off CASEINCOMPLETE */
"""


def core_verilog(
    config: ArrayConfig, *, memories: bool = True, observe: bool = False, gated: bool = False,
    platform=None,
) -> str:  # fmt: skip
    """`CoreWithMemories`, or `Core`, as a module named ``convolith``; ``observe`` as for these.

    ``gated`` as for `Core`, which has no memories. With a ``platform`` that we know it has the
    part's own cells. The text depends on these arguments alone: it holds no path and no date.
    """
    if memories:
        component = CoreWithMemories(config, observe=observe)
    else:
        component = Core(config, observe=observe, gated=gated)
    head = [
        f"{NAME}: output-stationary convolution core (Convolith {convolith.__version__})",
        "SPDX-License-Identifier: Apache-2.0",
        "",
        *interface(config, memories).split("\n"),
    ]
    comment = "".join(f"// {line}".rstrip() + "\n" for line in head)
    text = verilog.convert(component, name=NAME, platform=platform, emit_src=False)
    return comment + _LINT + text


def interface(config: ArrayConfig, memories: bool) -> str:
    """Parameters and ports, explained."""
    streams = [
        "Streams transfer in a cycle in which valid and ready are both 1; once valid is 1, it and",
        "the payload stay until then. All is synchronous to clk; rst is synchronous, active high.",
        "A payload's fields, from bit .. to bit:",
        "",
    ]
    activations = f"{config.lanes} activations, channel 0 lowest"
    weights = f"{config.dot} weights for each of {config.cols} columns, column 0 lowest"
    words = {
        "act": activations, "weight": weights,
        "weight_odd": f"likewise, of odd tiles of {config.cols} output channels, "
                      "or of second rows that share an output",
        "bias": f"{config.cols} numbers, column 0 lowest",
        "parameters": f"of requantization, for {config.post_lanes} columns, the lowest first",
    }  # fmt: skip
    widths = word_bits(config)
    ports = []
    if memories:
        for name, width in widths.items():
            ready = "always ready"
            if name == "act" and config.store_results:
                ready = "ready, but in cycles in which a result is stored"
            ports.append(f"i_{name}: a memory word to be written; {ready}")
            ports += _fields(load_layout(config, width), {"address": "where", "word": words[name]})
    else:
        for name in widths:
            ports += [
                f"{name}__address, {name}__en, {name}__data: the read port of a memory",
                f"    data: {words[name]};",
                f"    {MEMORY_LATENCY} cycles after its address and en; without en it does not",
                "    matter, but must not be undefined",
                "",
            ]
        if config.store_results:
            ports += [
                "store__address, store__en, store__data: the write port of the activation memory",
                f"    en: a bit per {config.post_lanes} activations of a word, lowest first;",
                f"    data: {config.post_lanes} activations; reads of the next cycle see them",
                "",
            ]
    ports.append("i_layer: starts a layer whose words are in the memories")
    ports += _fields(register_layout(config), meanings(config))
    if config.sum_words:
        ports += ["kept: for one cycle, when the last row of a layer with keep_sums is kept", ""]
    ports.append("o: rows of sums, one per output pixel, in the order (g, oc_tile, n, ox, oy)")
    if config.shares_words:
        ports.append("    with depthwise: (word, m, part, n, patch_x, patch_y, lane group, i, j)")
    ports += _fields(sums_layout(config), {
        "sums": f"{config.cols} signed sums of {config.acc_bits} bits, column 0 lowest",
        "last": "the layer's last row",
    })  # fmt: skip
    if config.post_lanes:
        ports += [*_lanes(config), "results: activations, rows in the order of o"]
        ports += _fields(results_layout(config), {
            "activations": f"{config.post_lanes} of {config.act_bits} bits, lowest column first",
            "last": "the layer's last ones",
        })  # fmt: skip
    parameters = [
        f"{field.name:<12} = {getattr(config, field.name):<6} {CONFIG_MEANINGS[field.name]}"
        for field in fields(config)
        if memories or field.name not in ("act_words", "weight_words")
    ]
    lines = ["Parameters", *(f"    {line}" for line in parameters), "", "Ports"]
    return "\n".join([*lines, *(f"    {line}".rstrip() for line in streams + ports)]).rstrip()


def _lanes(config: ArrayConfig) -> list[str]:
    """A column's part of a word of parameters."""
    return [
        f"Parameters: those of a bias word are {config.chunks} words, from its address times that",
        "on. In a word, for each of its columns:",
        *_fields(parameter_layout(config), PARAMETER_MEANINGS[config.post_mode]),
    ]


def _fields(layout: data.Layout, meanings: dict[str, str]) -> list[str]:
    lines = []
    for name, field in layout:
        bits = f"{field.offset}..{field.offset + field.width - 1}"
        lines.append(f"    {name:<16} {bits:<10} {meanings[name]}".rstrip())
    return [*lines, ""]
