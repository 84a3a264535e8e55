"""``convolith verilog``: the core for FPGA tools."""

import argparse
import sys
from pathlib import Path

from convolith.hw.verilog import core_verilog
from convolith.sim.commands.errors import checked
from convolith.sim.commands.options import add_array_options, array_config
from convolith.sim.files import OutputFiles, make_folder

__all__ = ["add_parser", "main"]

FILE = "convolith.v"

EXAMPLES = """examples:
  convolith verilog --rows 8 --cols 8 --dot 1 -o DIR
  convolith verilog --rows 4 --cols 4 --dot 4 --no-memories -o DIR"""


def add_parser(commands) -> None:
    parser = commands.add_parser(
        "verilog",
        help="write the core as Verilog",
        description="Writes the core as one Verilog file, with its ports explained at its head.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(main=main)
    add_array_options(parser)
    parser.add_argument("--no-memories", dest="memories", action="store_false",
                        help="memory ports instead of on-chip memories")  # fmt: skip
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="DIR",
                        help=f"where to put {FILE}; made if it is not there")  # fmt: skip


def main(args: argparse.Namespace) -> int:
    with checked():
        config = array_config(args)
        make_folder(args.out)
    with OutputFiles() as outputs, checked():
        file = outputs.add(args.out / FILE)
        print(f"translating {config.shape} to Verilog ...", file=sys.stderr)
        file.write_text(core_verilog(config, memories=args.memories))
    print(f"{args.out / FILE}: {config.shape}, {config.multipliers} multipliers")
    return 0
