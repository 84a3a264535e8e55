"""The option ``--name``: what the core's module is called in Verilog."""

import argparse

from convolith.hw.name import NAME
from convolith.sim.export.names import checked_name

__all__ = ["add_name_option"]


def add_name_option(parser) -> None:
    """Adds --name."""
    parser.add_argument("--name", type=module_name, default=NAME, metavar="NAME",
                        help="the core's module, with whose name the names of all modules within "
                        f"it begin, for designs with two different cores (default: {NAME})")


def module_name(text: str) -> str:
    """An option's type: a module's name in Verilog."""
    try:
        return checked_name(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error).removeprefix("the module's name ")) from None
