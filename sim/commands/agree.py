"""``convolith agree``: the same programs on every simulator, and on synthesized netlists."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter

from convolith.model.options.config import ArrayConfig
from convolith.sim.agree.agreement import Agreement
from convolith.sim.agree.cases import drawn_rounds, saved_round
from convolith.sim.agree.engines import ENGINES, Engine, chosen_engines
from convolith.sim.agree.report import (
    agreement_json,
    agreement_table,
    finding_text,
    left_out_lines,
)
from convolith.sim.agree.round import Round
from convolith.sim.commands.errors import checked
from convolith.sim.commands.options import file_path, folder, listed, number
from convolith.sim.mutation.configurations import CONFIGURATIONS
from convolith.sim.report.files import OutputFiles, folder_in_case
from convolith.sim.report.progress import StatusLine

__all__ = ["add_parser", "main"]

EXAMPLES = """examples:
  convolith agree
  convolith agree --configurations plain,stored --layers 40 --seed 7
  convolith agree --engines amaranth,icarus,ecp5 --configurations packed
  convolith agree --replay agree/ecp5-packed-2.npz

Random layers, some behind each other from one reset on, on small cores that have every option and
every dataflow. Every engine is given the same words, registers and ready cycles. The model's rows
must give PyTorch's results; every other engine must give the model's rows, each in the model's
cycle, and the model's activation memory. The model runs always. Engines whose tools are not
installed are named as not run, and so are cores that an engine cannot have. An engine that is asked
for by --engines must be there, and must be able to have one of the cores. The difference that an
engine has first is told, and its layers are saved.
Exit status: 0 all are the same, 1 one differs, 2 bad usage, or an engine cannot be built."""

Group = tuple[str, ArrayConfig, Sequence[Round]]


def add_parser(commands) -> None:
    parser = commands.add_parser(
        "agree",
        help="the same layers on every simulator and on netlists, row by row",
        description="Runs the same programs on Amaranth's simulator, Verilator, Icarus, CXXRTL, "
        "synthesized netlists and the model, and compares every row and its cycle.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(main=main)
    parser.add_argument("--engines", metavar="NAME,..",
                        help=f"of {','.join(ENGINES)} (default: all whose tools are installed)")
    parser.add_argument("--configurations", metavar="NAME,..",
                        help=f"which cores (default: {','.join(CONFIGURATIONS)})")
    parser.add_argument("--layers", type=number(1), metavar="N",
                        help="of each core, at least (default: 20)")
    parser.add_argument("--seed", type=number(0), metavar="S",
                        help="of the layers (default: 1)")
    parser.add_argument("--replay", type=file_path, nargs="+", metavar="CASE.npz",
                        help="instead: saved cases, behind each other")
    parser.add_argument("--out", type=folder, default=Path("agree"), metavar="DIR",
                        help="where layers go with which an engine differs (default: agree)")
    parser.add_argument("--json", type=file_path, metavar="F.json",
                        help="the table and differences")


def main(args: argparse.Namespace) -> int:
    began = perf_counter()
    with ExitStack() as stack:
        with checked():
            engines, missing = asked_engines(args.engines)
            groups = asked_groups(args)
            if args.engines is not None:
                check_engines(engines, groups)
        outputs = stack.enter_context(OutputFiles())
        with checked():
            report = outputs.add(args.json) if args.json else None
            stack.enter_context(folder_in_case(args.out))
        line = stack.enter_context(StatusLine())

        def tell(text: str) -> None:
            if line.due():
                line.write(text)

        agreement = Agreement(engines, tell)
        for name, config, rounds in groups:
            agreement.run(name, config, rounds)
        saved = save(agreement, args.out)
        if report:
            report.write_json(agreement_json(agreement, missing))
    print(f"{agreement_table(agreement, missing)}\n")
    for text in left_out_lines(agreement, missing):
        print(text)
    for text in saved:
        print(f"convolith agree: {text}", file=sys.stderr)
    if saved:
        return 1
    layers = sum(round_.layers for *_, rounds in groups for round_ in rounds)
    print(f"all the same: {layers:,} layers, in {perf_counter() - began:.0f} s")
    return 0


def asked_engines(text: str | None) -> tuple[list[Engine], list[Engine]]:
    """The engines that are to run, and those of all that cannot, as a tool is missing.

    Raises
    ------
    ValueError
        For a name that is none, and for an engine that is asked for and cannot run.
    """
    if text is not None:
        return chosen_engines(listed("an engine", text, ENGINES)), []
    missing = [engine for engine in ENGINES.values() if engine.missing]
    return [engine for engine in ENGINES.values() if engine not in missing], missing


def check_engines(engines: Sequence[Engine], groups: Sequence[Group]) -> None:
    """Raises a ValueError for an engine that can have none of the cores."""
    for engine in engines:
        reasons = [engine.refusal(config) for _, config, _ in groups]
        if all(reasons):
            names = ", ".join(name for name, *_ in groups)
            raise ValueError(f"the engine {engine.name} cannot run on {names}: {reasons[0]}")


def asked_groups(args: argparse.Namespace) -> list[Group]:
    """The rounds of each configuration.

    Raises
    ------
    TypeError, ValueError
        For a name that is none, a file that is no case, or options that do not go together.
    """
    if args.replay:
        for name in ("configurations", "layers", "seed"):
            if getattr(args, name) is not None:
                raise ValueError(f"--{name} cannot be given with --replay, which draws nothing")
        round_ = saved_round(args.replay)
        return [("replay", round_.config, [round_])]
    names = args.configurations
    chosen = list(CONFIGURATIONS) if names is None else listed(
        "a configuration", names, CONFIGURATIONS
    )
    layers = 20 if args.layers is None else args.layers
    seed = 1 if args.seed is None else args.seed
    return [
        (name, config := CONFIGURATIONS[name], list(drawn_rounds(config, layers, seed)))
        for name in chosen
    ]


def save(agreement: Agreement, folder: Path) -> list[str]:
    """Writes the cases of all differences; a sentence for each, and how to run it again."""
    texts = []
    for engine, finding in agreement.findings:
        path = folder / f"{engine.name}-{finding.configuration}-{finding.round}.npz"
        with checked(), OutputFiles() as outputs:
            outputs.add(path).write(finding.case.content())
        again = f"convolith agree --engines {engine.name} --replay {path}"
        texts.append(f"{finding_text(engine, finding)}\n  {again}")
    return texts
