"""``convolith mutate``: faults in the core, which the campaigns' layers must find."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter

from convolith.sim.commands.errors import checked
from convolith.sim.commands.executors import add_executor_options, make_workers
from convolith.sim.commands.options import file_path, folder, listed, number
from convolith.sim.mutation.campaign import Journal, calls, made
from convolith.sim.mutation.choice import sampled
from convolith.sim.mutation.configurations import CONFIGURATIONS
from convolith.sim.mutation.design import Design
from convolith.sim.mutation.equivalence import EQUIVALENT, is_equivalent
from convolith.sim.mutation.mutant import Mutant
from convolith.sim.mutation.report import (
    Outcome,
    configuration_table,
    outcome_json,
    outcome_table,
    survivors_text,
)
from convolith.sim.mutation.reviewed import reviewed
from convolith.sim.network.workers import LocalWorkers
from convolith.sim.report.files import OutputFiles, folder_in_case
from convolith.sim.report.progress import StatusLine
from convolith.sim.synthesis.tools import SynthesisError

__all__ = ["add_parser", "main"]

MUTANTS, SEED = 550, 1
"""Those that the reviewed list is about."""

EXAMPLES = """examples:
  convolith mutate
  convolith mutate --sample 300
  convolith mutate --configurations plain,packed --mutants 500 --jobs 8
  convolith mutate --resume --prove
  convolith mutate --cluster tcp://10.0.0.1:8786

A mutant is the core with one bit of one cell inverted, constant, or wrong in some cases. Yosys
makes them, of some small configurations that have every option and every dataflow, and Verilator
runs them: the layers of a campaign first (stage "fuzz"), then layers for each pair of features,
resets on the way, sums that are hard to round, depthwise layers, sums in parts, large numbers,
layers at the ends of the core's registers, layers behind each other, longer layers, and chains of
layers. A mutant is found by another value, another cycle, a read too many or too few, a hang, or
another word in memory. Each survivor must be in the reviewed list, with the reason why it may live.
In a sample those of the list meet the first stage only. If all configurations run whole, the first
stage must find 92 % of all mutants, all stages 97 %, and what is in the list must be a survivor.
Exit status: 0 enough were found, and every survivor is reviewed; 1 otherwise; 2 bad usage."""


def add_parser(commands) -> None:
    parser = commands.add_parser(
        "mutate",
        help="faults in the core, to see that the campaigns find them",
        description="Makes mutants of small cores, and runs layers on each until one differs.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(main=main)
    parser.add_argument("--configurations", default=",".join(CONFIGURATIONS), metavar="NAME,..",
                        help=f"which cores (default: {','.join(CONFIGURATIONS)})")
    parser.add_argument("--mutants", type=number(1), default=MUTANTS, metavar="N",
                        help=f"of each core (default: {MUTANTS})")
    parser.add_argument("--sample", type=number(1), metavar="N",
                        help="run only so many of all, the same ones each time")
    parser.add_argument("--seed", type=number(0), default=SEED, metavar="S",
                        help=f"of mutants and layers (default: {SEED})")
    parser.add_argument("--out", type=folder, default=Path("mutate"), metavar="DIR",
                        help="where verdicts are kept, for --resume (default: mutate)")
    parser.add_argument("--resume", action="store_true",
                        help="do not run again what an earlier run has judged")
    parser.add_argument("--prove", action="store_true",
                        help="try to prove of new survivors that nothing can find them; and prove "
                             "again what the reviewed list calls proved")
    parser.add_argument("--json", type=file_path, metavar="F.json", help="the counts and survivors")
    add_executor_options(parser, jobs=os.cpu_count() or 1, default="one per core")


def main(args: argparse.Namespace) -> int:
    began = perf_counter()
    with ExitStack() as stack:
        with checked():
            names = listed("a configuration", args.configurations, CONFIGURATIONS)
        outputs = stack.enter_context(OutputFiles())
        with checked():
            report = outputs.add(args.json) if args.json else None
            stack.enter_context(folder_in_case(args.out))
        line = stack.enter_context(StatusLine())
        workers = make_workers(args)
        designs = made_designs(args, names, line)
        mutants = [mutant for design in designs for mutant in design.mutants]
        if args.sample:
            mutants = sampled(mutants, args.sample)
        journal = Journal(args.out / "verdicts.jsonl", designs)
        with checked():
            verdicts = journal.read() if args.resume else []
        known = {(one.configuration, one.number) for one in verdicts}
        keys = {(one.configuration, one.number): one.key for one in mutants}
        left = [one for one in mutants if (one.configuration, one.number) not in known]
        reviews = reviewed()
        spared = reviews if args.sample else {}
        for some in workers.results(calls(designs, left, args.seed, spared)):
            verdicts += some
            with checked():  # of a spared mutant that lives nothing is known yet
                journal.add(
                    one for one in some
                    if one.stage or keys[one.configuration, one.number] not in spared
                )
            if line.due():
                line.write(f"{len(verdicts):,} of {len(mutants):,} mutants")
        outcome = Outcome(mutants, verdicts, reviews)
        refuted = proofs(designs, outcome, line) if args.prove else []
        if report:
            report.write_json(outcome_json(outcome))
    print(f"{outcome_table(outcome)}\n\n{configuration_table(outcome)}\n")
    if outcome.survivors:
        print(f"{survivors_text(outcome)}\n")
    print(
        f"{len(outcome.judged):,} of {sum(design.possible for design in designs):,} possible "
        f"mutants in {perf_counter() - began:.0f} s: the campaigns' layers found "
        f"{outcome.share('fuzz'):.1f} %, all stages {outcome.share():.1f} %"
    )
    wrong = [f"there is no proof of {mutant}" for mutant in refuted]
    if outcome.new:
        wrong.append(f"{len(outcome.new)} survivors are not reviewed")
    if not args.sample and set(names) == set(CONFIGURATIONS):
        wrong += outcome.missed
        if (args.mutants, args.seed) == (MUTANTS, SEED):
            wrong += [f"no survivor is {' '.join(key)}, which is reviewed" for key in outcome.stale]
    for sentence in wrong:
        print(f"convolith mutate: {sentence}", file=sys.stderr)
    return 1 if wrong else 0


def made_designs(
    args: argparse.Namespace, names: Sequence[str], line: StatusLine
) -> list[Design]:
    """The cores with mutants; built as well, unless a cluster's workers do so themselves."""
    making = (
        partial(made, name, args.mutants, args.seed, built=not args.cluster) for name in names
    )
    found: dict[str, Design] = {}
    line.write(f"making and building {len(names)} cores with {args.mutants} mutants each")
    with synthesis():
        for design in LocalWorkers(args.jobs).results(making):
            found[design.name] = design
            line.write(f"{len(found)} of {len(names)} cores with {args.mutants} mutants are built")
    return [found[name] for name in names]


def proofs(designs: Sequence[Design], outcome: Outcome, line: StatusLine) -> list[Mutant]:
    """Reviews new survivors of which Yosys proves that they do what the core does.

    Survivors that are reviewed as proved are proved again: those of which it cannot be done.
    """
    named = {design.name: design for design in designs}
    refuted, found = [], 0
    again = [
        mutant for mutant in outcome.survivors
        if outcome.reviews.get(mutant.key, EQUIVALENT).how == EQUIVALENT.how
    ]
    for tried, mutant in enumerate(again):
        line.write(f"proofs: {tried} of {len(again)} survivors, {found} equivalent")
        with synthesis():
            equivalent = is_equivalent(named[mutant.configuration], mutant.number)
        found += equivalent
        if equivalent:
            outcome.reviews.setdefault(mutant.key, EQUIVALENT)
        elif mutant.key in outcome.reviews:
            refuted.append(mutant)
    return refuted


@contextmanager
def synthesis() -> Iterator[None]:
    """Turns what Yosys says into `BadInput`: it is missing, or fails."""
    with checked():
        try:
            yield
        except SynthesisError as error:
            raise ValueError(str(error)) from error
