"""The command line: ``convolith COMMAND ...``."""

import argparse
import sys
from typing import NoReturn

import convolith
from convolith.sim.commands import demo, run, verilog
from convolith.sim.commands.errors import BadInput
from convolith.sim.simulator import SimulationError

__all__ = ["main"]

EQUAL, NOT_EQUAL, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def parser() -> Parser:
    """The whole command line."""
    top = Parser(
        prog="convolith",
        description="Convolutions on an output-stationary MAC array, simulated in RTL and compared "
        "with PyTorch, bit for bit.",
        epilog="Exit status: 0 all equal to PyTorch, 1 not equal, 2 bad input or usage.",
    )
    top.add_argument("--version", action="version", version=f"convolith {convolith.__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in (demo, run, verilog):
        command.add_parser(commands)
    return top


def main(argv: list[str] | None = None) -> int:
    """Runs a command and returns its exit status."""
    args = parser().parse_args(argv)
    try:
        return args.main(args)
    except BadInput as error:
        print(f"convolith {args.command}: error: {error}", file=sys.stderr)
        return BAD_INPUT
    except SimulationError as error:
        print(f"convolith {args.command}: the hardware is wrong: {error}", file=sys.stderr)
        return NOT_EQUAL
    except KeyboardInterrupt:
        print(f"convolith {args.command}: interrupted", file=sys.stderr)
        return INTERRUPTED
