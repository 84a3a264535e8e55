"""The command line: ``convolith COMMAND ...``."""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import convolith
from convolith.sim.benchmark.error import BenchmarkError
from convolith.sim.commands import (
    bench,
    cache,
    cycles,
    demo,
    fuzz,
    network,
    run,
    sweep,
    synth,
    verilog,
)
from convolith.sim.commands.errors import BadInput
from convolith.sim.network.executors import ExecutorError
from convolith.sim.output import OutputError, checked_output
from convolith.sim.simulator import BuildError, SimulationError

__all__ = ["main"]

ERRORS = (BadInput, BenchmarkError, BuildError, ExecutorError, OutputError)
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
    for command in (demo, run, network, cycles, sweep, verilog, synth, fuzz, cache, bench):
        command.add_parser(commands)
    return top


class Said(logging.Handler):
    """What the library logs, as the command's own words on standard error."""

    def __init__(self, command: str):
        super().__init__(logging.INFO)
        self.command = command

    def emit(self, record: logging.LogRecord) -> None:
        print(f"convolith {self.command}: {record.getMessage()}", file=sys.stderr, flush=True)


@contextmanager
def ended_tidily() -> Iterator[None]:
    """SIGTERM ends a command as Ctrl-C does: what it began is removed, what it started is ended."""

    own = os.getpid()

    def end(signum: int, frame: object) -> NoReturn:
        if os.getpid() != own:  # a child, which was begun without an exec
            os._exit(128 + signum)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def told(command: str) -> Iterator[None]:
    """While a command runs, the library says what it does."""
    log, said = logging.getLogger("convolith"), Said(command)
    before = log.level
    log.addHandler(said)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(said)
        log.setLevel(before)


def main(argv: list[str] | None = None) -> int:
    """Runs a command and returns its exit status."""
    args = parser().parse_args(argv)
    try:
        with ended_tidily(), told(args.command), checked_output():
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
        print(f"convolith {args.command}: interrupted", file=sys.stderr)
        return INTERRUPTED
