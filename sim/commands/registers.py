"""``convolith registers``: the registers of a core, explained."""

import argparse

from convolith.hw.name import NAME
from convolith.sim.commands.errors import checked
from convolith.sim.commands.module_name import add_name_option
from convolith.sim.commands.options import add_array_options, array_config
from convolith.sim.export.register_header import register_header
from convolith.sim.export.register_page import register_page

__all__ = ["add_parser", "main"]

EXAMPLES = """examples:
  convolith registers --rows 4 --cols 4 --dot 4
  convolith registers --rows 4 --cols 4 --dot 4 --pack-edges > registers.md
  convolith registers --rows 4 --cols 4 --dot 4 --header > convolith_registers.vh"""


def add_parser(commands) -> None:
    parser = commands.add_parser(
        "registers",
        help="explain the registers of a core",
        description="Prints a page in Markdown: each field of a layer's registers with its bits, "
        "its meaning and its formula from the layer's shape, and one layer worked through.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(main=main)
    add_array_options(parser)
    parser.add_argument("--header", action="store_true",
                        help="print a Verilog header with the positions of the fields instead")
    add_name_option(parser)


def main(args: argparse.Namespace) -> int:
    with checked():
        config = array_config(args)
        if args.name != NAME and not args.header:
            raise ValueError("--name goes with --header, whose macros begin with it")
        text = register_header(config, args.name) if args.header else register_page(config)
    print(text, end="")
    return 0
