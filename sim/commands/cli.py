"""The command line: ``convolith COMMAND ...``."""

import argparse
import os
import re
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from importlib import import_module
from typing import NoReturn

import convolith
from convolith.sim.benchmark.error import BenchmarkError
from convolith.sim.commands.errors import BadInput
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.contract.simulator import BuildError
from convolith.sim.network.errors import ExecutorError
from convolith.sim.report.files import STANDARD_OUTPUT
from convolith.sim.report.output import OutputError, checked_output
from convolith.sim.report.progress import told

__all__ = ["main"]

ERRORS = (BadInput, BenchmarkError, BuildError, ExecutorError, OutputError)
COMMANDS = (
    "demo", "run", "watch", "explain", "network", "cycles", "sweep", "verilog", "testbench",
    "registers", "synth", "fuzz", "mutate", "prove", "agree", "cache", "bench",
)
"""Modules of `convolith.sim.commands`, in the order in which the help lists them."""

EQUAL, NOT_EQUAL, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
IMPORT_LOOK_S = 0.05  # between two looks at whether an import has ended


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, without the usage."""

    commands: Mapping[str, "Parser"]
    """The parser of each command; only in the parser of the top level."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def parser(names: Sequence[str] = COMMANDS) -> Parser:
    """The command line with these commands.

    A command imports only what it needs, some of which takes a second.
    """
    top = Parser(
        prog="convolith",
        description="Convolutions on an output-stationary MAC array, simulated in RTL and compared "
        "with PyTorch, bit for bit.",
        epilog="Exit status: 0 all equal to PyTorch, 1 not equal, 2 bad input or usage.",
    )
    top.add_argument("--version", action="version", version=f"convolith {convolith.__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in names:
        import_module(f"convolith.sim.commands.{name}").add_parser(commands)
    top.commands = commands.choices
    return top


def parsed(argv: list[str] | None) -> argparse.Namespace:
    """The parsed arguments, and as ``words`` what follows the command.

    The error for a misspelt option names the nearest one.
    """
    words = sys.argv[1:] if argv is None else argv
    top = parser(words[:1] if words[:1] and words[0] in COMMANDS else COMMANDS)
    args, unknown = top.parse_known_args(words)
    if unknown:
        command = top.commands[args.command]
        options = set(re.findall(r"--[a-z-]+", command.format_help()))
        near = get_close_matches(unknown[0].partition("=")[0], options, 1)
        meant = f"; {near[0]} is an option" if near else ""
        command.error(f"unrecognized arguments: {' '.join(unknown)}{meant}")
    args.words = words[1:]
    return args


@contextmanager
def ended_tidily() -> Iterator[None]:
    """Within this context, SIGTERM ends a command as Ctrl-C does: with all files and processes.

    Both wait until PyTorch has been imported: an exception in the middle of that would abort the
    process.
    """
    own = os.getpid()

    def end(signum: int, frame: object) -> None:
        if os.getpid() != own and signum == signal.SIGTERM:  # a forked child
            os._exit(128 + signum)
        torch = sys.modules.get("torch")
        if torch is not None and getattr(torch.__spec__, "_initializing", False):
            again = threading.Timer(IMPORT_LOOK_S, os.kill, (os.getpid(), signum))
            again.daemon = True
            again.start()
            return
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handled = [signal.SIGTERM]
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        handled.append(signal.SIGINT)
    before = {signum: signal.signal(signum, end) for signum in handled}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def main(argv: list[str] | None = None) -> int:
    """Runs a command and returns its exit status."""
    args = parsed(argv)
    try:
        asked = STANDARD_OUTPUT in vars(args).values()
        printing = checked_output(printed_to_stderr=asked)
        with ended_tidily(), told(f"convolith {args.command}"), printing:
            return args.main(args)
    except ERRORS as error:
        print(f"convolith {args.command}: error: {error}", file=sys.stderr)
        return BAD_INPUT
    except SimulationError as error:
        print(f"convolith {args.command}: the hardware is wrong: {error}", file=sys.stderr)
        return NOT_EQUAL
    except MemoryError:
        print(f"convolith {args.command}: error: the memory is full", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        # Amaranth would warn of each component that was made but not used, and Python up to 3.12 of
        # each coroutine of a simulation that has not ended.
        warnings.simplefilter("ignore")
        sys.unraisablehook = lambda _: None
        print(f"convolith {args.command}: interrupted", file=sys.stderr)
        return INTERRUPTED
