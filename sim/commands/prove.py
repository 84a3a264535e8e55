"""``convolith prove``: properties of the hardware's blocks, shown by a solver."""

import argparse
import os
import sys
from contextlib import ExitStack
from time import perf_counter

from convolith.sim.commands.errors import checked
from convolith.sim.commands.options import file_path, listed, number
from convolith.sim.network.errors import ExecutorError
from convolith.sim.proofs.campaign import left_out, questions, verdicts
from convolith.sim.proofs.catalogue import PROPERTIES
from convolith.sim.proofs.report import bad_text, list_text, outcome_json, outcome_table
from convolith.sim.proofs.trial import SECONDS, Verdict
from convolith.sim.report.files import OutputFiles
from convolith.sim.report.progress import StatusLine
from convolith.sim.synthesis.tools import SynthesisError

__all__ = ["add_parser", "main"]

EXAMPLES = """examples:
  convolith prove
  convolith prove --fast
  convolith prove --only room --no-planted
  convolith prove --list

A property says what must hold of some blocks in every cycle, whatever drives them. Yosys' SAT
solver looks for a run in which it does not hold. "Every cycle" is a proof, by induction. "12 cycles
only" is none: nothing is known of longer runs. For each property a run must exist in which what it
speaks of happens. And errors that are planted in the blocks, one at a time, must be found.
Exit status: 0 all hold and all planted errors are found, 1 otherwise, 2 bad usage."""


def add_parser(commands) -> None:
    parser = commands.add_parser(
        "prove",
        help="proofs about the hardware's blocks, and planted errors that they find",
        description="Proves properties of the hardware's blocks.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(main=main)
    parser.add_argument("--fast", action="store_true",
                        help="fewer sizes, and no planted errors that take long to find: for "
                        "every change")
    parser.add_argument("--only", metavar="NAME,..", help="these properties (default: all)")
    parser.add_argument("--list", action="store_true", help="say what each property says, and end")
    parser.add_argument("--planted", action=argparse.BooleanOptionalAction, default=True,
                        help="look for the planted errors, too")
    parser.add_argument("--seconds", type=number(1), default=SECONDS, metavar="N",
                        help="for each size and each planted error; what the solver has not "
                        f"decided by then is not shown (default: {SECONDS})")
    parser.add_argument("--jobs", type=number(1), default=os.cpu_count() or 1, metavar="N",
                        help="processes (default: one per core)")
    parser.add_argument("--json", type=file_path, metavar="F.json", help="all verdicts")


def main(args: argparse.Namespace) -> int:
    began = perf_counter()
    with checked():
        names = list(PROPERTIES) if args.only is None else listed(
            "a property", args.only, PROPERTIES
        )
    if args.list:
        print(list_text(names))
        return 0
    found: list[Verdict] = []
    with ExitStack() as stack:
        outputs = stack.enter_context(OutputFiles())
        with checked():
            report = outputs.add(args.json) if args.json else None
        line = stack.enter_context(StatusLine())
        asked = questions(names, fast=args.fast, planted=args.planted)
        try:
            for verdict in verdicts(asked, args.jobs, args.seconds):
                found.append(verdict)
                if line.due():
                    line.write(f"{len(found)} of {len(asked)}: {verdict.name}")
        except SynthesisError as error:
            with checked():
                raise ValueError(str(error)) from error
        except ExecutorError as error:
            print(f"convolith prove: {error}", file=sys.stderr)
            return 1
        if report:
            report.write_json(outcome_json(found))
    print(outcome_table(found))
    bad = [verdict for verdict in found if not verdict.good]
    for verdict in bad:
        print(f"\n{bad_text(verdict)}")
    planted = sum(bool(verdict.planted) for verdict in found)
    print(f"\n{len(found) - planted} proofs and {planted} planted errors "
          f"in {perf_counter() - began:.0f} s")
    if others := left_out(names, asked):
        why = "that take long to find" if args.planted else "of these properties"
        print(f"{others} planted errors {why} were left out")
    if bad:
        print(f"convolith prove: {len(bad)} do not hold, are not found, or are not decided in "
              f"{args.seconds} s", file=sys.stderr)
        return 1
    return 0
