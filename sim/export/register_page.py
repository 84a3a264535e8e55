"""A page that explains the registers of a core: fields, formulas, and one layer worked through."""

from collections.abc import Iterable, Iterator, Sequence

from convolith.model.compile.dataflows import DATAFLOWS
from convolith.model.compile.registers import layer_registers
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.dataflow.formulas import NAMES, Formulas, named_values
from convolith.model.layer import ConvLayer
from convolith.model.numbers.packing import pack_fields
from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Field
from convolith.model.options.units import memories, registers, units
from convolith.model.reference.tutorial import CASES

__all__ = ["register_page"]

EXAMPLE = "2D batch"

HEAD = """# The registers of a {shape} core

A layer starts when its registers are transferred on `i_layer`, as one word of {bits} bits. Before
that its words are written to the memories. The word's fields, the lowest bits first:

{fields}

Signed numbers are in two's complement. A loop that runs `n` times holds `n - 2`, as it is counted
down to -1. Registers that are marked `mod` hold their value modulo 2**bits, so that a negative
step is added as its two's complement.

`convolith testbench` writes these words for a layer of your own, with names, values and the layer
as it is laid out in `layer.json`. `convolith registers --header` writes the positions for Verilog.

## Formulas

{names}

This array has {array}.

Formulas are in Python's notation: `//` rounds down, `ceil` up, and `gcd` is the greatest common
divisor. Convolith may lay a layer out in another way first, to keep the array busy: several groups
as one, or a kernel folded into the channels (docs/shapes.md). The formulas then hold for the layer
as it is laid out, which is `laid_out` of each piece in `layer.json`. Every layer can also run as it
is, in the plain loop nest (`--plain`).

{dataflows}
## An example

The tutorial's case "{example}" in the plain loop nest has an input of {x} and a weight of {w}:
N = {N}, IC = {IC}, OC = {OC}, IX = IY = {IX}, KX = KY = {KX}, OX = OY = {OX}. Stride and
dilation are 1, there is no padding and no bias, and all words begin at address 0.

{quantities}

{values}

The word for `i_layer`:

    {word}

## The words of the memories

{words}

Rows of sums leave in the order

{orders}

C sums at a time, the columns of one output pixel. Where the lanes requantize them, each row leaves
as words of L activations, as many as have a channel.
"""

WORDS = {
    "act": "The word of the channels `V * block` to `V * block + V - 1` of group `g` at pixel "
    "(n, x, y) is at `act_address + ((n * IX + x) * IY + y) * pixel_words + g * blocks + block`. "
    "Lanes beyond the group's channels are 0. Numbers are signed: unsigned inputs of B bits are "
    "stored minus 2**(B - 1).",
    "weight": "In the order (g, oc_tile, ic_block, kx, ky, beat), a word per cycle. Column c and "
    "product d have the weight of output channel `oc_tile * C + c` and input channel `V * ic_block "
    "+ D * beat + d` of the group, or 0. A step has `beats` beats, or `V // D` in an array without "
    "shared words. With two banks, this one has the tiles with an even number `g * oc_tiles + "
    "oc_tile`.",
    "weight_odd": "The same for tiles with an odd number.",
    "bias": "A word per (g, oc_tile): column c has the bias of output channel `oc_tile * C + c`.",
    "parameters": "`C // L` words for each word of the bias, L columns each, the lowest first. A "
    "column has the fields {fields}, the lowest first.",
}


def register_page(config: ArrayConfig) -> str:
    """The page, in Markdown; the same for the same configuration."""
    case = next(case for case in CASES if case.name == EXAMPLE)
    layer = ConvLayer.from_shapes(case.x.shape, case.w.shape)
    tiling = DenseTiling(config, layer)
    fields = registers(config)
    values = layer_registers(tiling)
    names = named_values(config, layer)
    bits = sum(field.bits for field in fields)
    word = pack_fields(fields, values)
    quantities = tiling.formulas.quantity_values(names)
    return HEAD.format(
        shape=config.shape, bits=bits, fields=_table(
            ("register", "bits", "", "meaning"),
            ((f"`{field.name}`", where, _kind(field), field.meaning)
             for field, where in _placed(fields)),
        ),
        names=_table(("name", "meaning"), ((f"`{name}`", text) for name, text in NAMES.items())),
        array=", ".join(
            f"{name} = {names[name]}" for name in ("R", "C", "D", "V", "L", "G", "PX", "PY")
        ),
        dataflows="".join(_dataflows(config, fields)),
        example=EXAMPLE, x="x".join(map(str, case.x.shape)), w="x".join(map(str, case.w.shape)),
        N=layer.N, IC=layer.IC, OC=layer.OC, IX=layer.IX, KX=layer.KX, OX=layer.OX,
        quantities=_table(
            ("quantity", "", "value"),
            ((f"`{name}`", f"`{tiling.formulas.quantities[name].formula}`", str(value))
             for name, value in quantities.items()),
        ),
        values=_table(
            ("register", "formula", "value", "bits"),
            ((f"`{field.name}`", f"`{tiling.formulas.registers.get(field.name, '0')}`",
              str(tiling.formulas.value(field.name, names)), _bits(field, values[field.name]))
             for field in fields if values[field.name]),
        ) + "\n\nAll other registers are 0.",
        word=f"{bits}'h{word:0{-(-bits // 4)}x}",
        words=_table(
            ("memory", "a word", "where"),
            ((f"`{memory.name}`", memory.meaning, WORDS[memory.name].format(
                fields=", ".join(f"`{field.name}` ({field.bits} bits)" for field in memory.fields)
            )) for memory in memories(config).values()),
        ),
        orders="\n".join(f"    {unit.row_order}" for unit in units(config) if unit.row_order),
    )


def _dataflows(config: ArrayConfig, fields: Sequence[Field]) -> Iterator[str]:
    """A section for each dataflow that the array has. The first one is the plain loop nest."""
    plain = DenseTiling.formulas
    yield _section("The plain loop nest", "", plain, fields, Formulas(quantities={}, registers={}))
    seen, names = [plain], {field.name for field in fields}
    for kind in DATAFLOWS.values():
        if kind.formulas in seen or kind.formulas.switch not in names:
            continue
        seen.append(kind.formulas)
        text = (
            "What is not here is as in the plain loop nest.\n\n"
            f"{kind.formulas.note}\n"
        )
        yield _section(kind.label.capitalize(), text, kind.formulas, fields, plain)


def _section(
    title: str, text: str, formulas: Formulas, fields: Sequence[Field], base: Formulas
) -> str:
    """A dataflow's formulas, but for those of ``base``."""
    quantities = [
        (f"`{name}`", f"`{quantity.formula}`", quantity.meaning)
        for name, quantity in formulas.quantities.items()
        if base.quantities.get(name) != quantity
    ]
    values = [
        (f"`{field.name}`", f"`{formulas.registers[field.name]}`")
        for field in fields
        if field.name in formulas.registers
        and base.registers.get(field.name) != formulas.registers[field.name]
    ]
    return "\n".join([
        f"### {title}", "", *([text] if text else []),
        _table(("quantity", "formula", "meaning"), quantities), "",
        _table(("register", "formula"), values), "", "",
    ])


def _placed(fields: Iterable[Field]) -> Iterator[tuple[Field, str]]:
    """Each field with its bits, from .. to."""
    first = 0
    for field in fields:
        yield field, f"{first}..{first + field.bits - 1}"
        first += field.bits


def _kind(field: Field) -> str:
    return "signed" if field.signed else "mod" if field.wraps else ""


def _bits(field: Field, value: int) -> str:
    """A value as it lies in its field."""
    return f"{field.bits}'h{value % (1 << field.bits):x}"


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table of Markdown, in which bars within cells are escaped."""
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows
    )
