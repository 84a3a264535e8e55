"""``convolith verilog``: the core for FPGA tools."""

import argparse
import sys

from convolith.hw.cells.products import has_cells
from convolith.sim.commands.errors import checked
from convolith.sim.commands.module_name import add_name_option
from convolith.sim.commands.options import add_array_options, array_config, folder
from convolith.sim.export.fpga_folder import fpga_folder
from convolith.sim.report.files import OutputFiles, make_folder
from convolith.sim.synthesis.target import TARGETS

__all__ = ["add_parser", "main"]

EXAMPLES = """examples:
  convolith verilog --rows 8 --cols 8 --dot 1 -o DIR
  convolith verilog --rows 4 --cols 4 --dot 4 --no-memories -o DIR
  convolith verilog --rows 4 --cols 4 --dot 4 --target ecp5-85k -o DIR
  convolith verilog --rows 16 --cols 16 --name wide_core -o DIR

A part's own cells (--target) give the clock that convolith synth reports; simulate the core
without them: the same sums in the same cycles."""

# The parts for which the core has cells of its own.
PARTS = [name for name, target in TARGETS.items() if has_cells(target)]


def add_parser(commands) -> None:
    parser = commands.add_parser(
        "verilog",
        help="write the core as Verilog",
        description="Writes a folder: the core as one Verilog file, a FuseSoC file, and a README.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(main=main)
    add_array_options(parser)
    parser.add_argument("--no-memories", dest="memories", action="store_false",
                        help="memory ports instead of on-chip memories")
    parser.add_argument("--target", choices=PARTS,
                        help="the part whose own multipliers, and on the ECP5 block RAMs, are "
                        "taken (default: any part)")
    add_name_option(parser)
    parser.add_argument("-o", "--out", type=folder, required=True, metavar="DIR",
                        help="the folder; made if it is not there")


def main(args: argparse.Namespace) -> int:
    with checked():
        config = array_config(args)
        make_folder(args.out)
    with OutputFiles() as outputs, checked():
        print(f"translating {config.shape} to Verilog ...", file=sys.stderr)
        target = TARGETS.get(args.target)
        contents = fpga_folder(config, memories=args.memories, target=target, name=args.name)
        for name, text in contents.items():
            outputs.add(args.out / name).write_text(text)
    print(f"{args.out}: {config.shape}, {config.multipliers} multipliers: {args.name}.v, and "
          f"{len(contents) - 1} more files that README.md describes")
    return 0
