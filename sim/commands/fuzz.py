"""``convolith fuzz``: random convolutions on random arrays, by the thousand."""

import argparse
import os
import sys
from contextlib import ExitStack
from pathlib import Path

from convolith.sim.commands.errors import checked
from convolith.sim.commands.executors import add_executor_options, make_workers
from convolith.sim.commands.options import file_path, folder, number
from convolith.sim.engines.contract.simulator import BuildError
from convolith.sim.engines.native.toolchain import Toolchain
from convolith.sim.fuzz.campaign import Campaign
from convolith.sim.fuzz.journal import Journal
from convolith.sim.fuzz.report import campaign_json, campaign_table, pairs_table, ranges_table
from convolith.sim.fuzz.unit import EQUAL, Found
from convolith.sim.report.files import OutputFiles, folder_in_case
from convolith.sim.report.progress import StatusLine

__all__ = ["add_parser", "main"]

EXAMPLES = """examples:
  convolith fuzz --minutes 5
  convolith fuzz --seed 7 --model 1000 --verilator 0 --amaranth 20 --sums 0
  convolith fuzz --small 900000 --small-verilator 100000 --minutes 600 --cluster tcp://10.0.0.1:8786
  convolith fuzz --small 900000 --small-verilator 100000 --minutes 600 --resume
  convolith run --replay fuzz/verilator-7-0-12.npz

Each case is a random convolution with random numbers on a random array: its result must be
PyTorch's, bit for bit, and the RTL's cycles the model's. In RTL some run behind each other, from
one reset on. On the model a case is computed from the words in the memories. sums: requantization
of sums that are hard to round, against PyTorch's quantized operators; sums-verilator,
sums-amaranth: the lanes of the RTL against the model.
Exit status: 0 all are equal, 1 a case failed (it is in --out; no more are begun), 2 bad usage."""

WANTED = {
    "model": 20_000, "small": 20_000, "verilator": 10_000, "small-verilator": 10_000,
    "amaranth": 1_000, "sums": 10_000_000, "sums-verilator": 1_000_000, "sums-amaranth": 10_000,
}

HELP = {
    "small": "small cases, on the model", "small-verilator": "small cases, on Verilator",
}


def add_parser(commands) -> None:
    parser = commands.add_parser(
        "fuzz",
        help="random convolutions on random arrays, by the thousand",
        description="Runs random convolutions on random arrays, on the model and in RTL "
        "simulation, and compares them with PyTorch.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(main=main)
    parser.add_argument("--minutes", type=number(1), default=30, metavar="N",
                        help="nothing more is begun after them (default: 30)")
    parser.add_argument("--seed", type=number(0), default=1, metavar="S",
                        help="of the random numbers (default: 1)")
    for kind, wanted in WANTED.items():
        what = HELP.get(kind, "sums" if kind.startswith("sums") else "cases on it")
        parser.add_argument(f"--{kind}", type=number(0), default=wanted, metavar="N",
                            help=f"{what} (default: {wanted})")
    parser.add_argument("--out", type=folder, default=Path("fuzz"), metavar="DIR",
                        help="where a failing case goes (default: fuzz)")
    parser.add_argument("--json", type=file_path, metavar="F.json", help="the counts")
    parser.add_argument("--resume", action="store_true",
                        help="count what earlier runs with this seed have had, and go on")
    add_executor_options(parser, jobs=os.cpu_count() or 1, default="one per core")


def main(args: argparse.Namespace) -> int:
    wanted = {kind: getattr(args, kind.replace("-", "_")) for kind in WANTED}
    with checked():
        if not any(wanted.values()):
            raise ValueError("cases are needed on one simulator at least: --model 1000, say")
        if not args.cluster and any(
            count for kind, count in wanted.items() if kind.endswith("verilator")
        ):
            check_toolchain()
    campaign = Campaign(seed=args.seed, wanted=wanted, seconds=60 * args.minutes)
    print(f"seed {args.seed}, at most {args.minutes} minutes", flush=True)
    with OutputFiles() as outputs, ExitStack() as folders:
        with checked():
            report = outputs.add(args.json) if args.json else None
            folders.enter_context(folder_in_case(args.out))
            journal = Journal(args.seed)
            if args.resume:
                campaign.resume(journal.read())
        workers = make_workers(args)
        if not args.resume:
            with checked():
                kept = journal.forget()
            if kept:
                print(f"convolith fuzz: the earlier results with this seed are kept in {kept}",
                      file=sys.stderr)
        with StatusLine() as line:

            def told(found: Found) -> None:
                if not found.failures:
                    with checked():
                        journal.add(found)
                if line.due():
                    line.write(progress(campaign))

            campaign.run(workers, told)
        save(campaign, args.out)
        if report:
            report.write_json(campaign_json(campaign))
    print(campaign_table(campaign))
    if ranges := ranges_table(campaign):
        print(f"\n{ranges}\n\n{pairs_table(campaign)}\n")
    if campaign.failures:
        return 1
    missing = ", ".join(
        f"{campaign.missing(kind):,} of {kind}"
        for kind in campaign.counts
        if campaign.missing(kind)
    )
    print(f"all equal, in {campaign.elapsed:.0f} s" + (f"; not run: {missing}" if missing else ""))
    return 0


def check_toolchain() -> None:
    """Refuses to start if Verilator's cores cannot be built."""
    try:
        Toolchain.find()
    except BuildError as error:
        none = "--verilator 0 --small-verilator 0 --sums-verilator 0"
        raise ValueError(f"{error}; {none} does without") from None


def progress(campaign: Campaign) -> str:
    """The campaign's progress in a line."""
    parts = [
        f"{kind} {campaign.counts[kind][EQUAL]:,} of {campaign.wanted[kind]:,}"
        for kind in campaign.counts
    ]
    return f"{campaign.elapsed:.0f} s: {', '.join(parts)}"


def save(campaign: Campaign, folder: Path) -> None:
    """Writes the failing cases, and prints how to run them again."""
    for failure in campaign.failures:
        if not failure.case:
            print(f"convolith fuzz: {failure.name}: {failure.why}", file=sys.stderr)
            continue
        path = folder / f"{failure.name}.npz"
        rtl = [sim for sim in ("verilator", "amaranth") if sim in failure.name]
        again = f" --sim {rtl[0]}" if rtl else ""
        print(f"convolith fuzz: {failure.why}\n  convolith run --replay {path}{again}",
              file=sys.stderr)
        with checked(), OutputFiles() as outputs:
            outputs.add(path).write(failure.case.content())
