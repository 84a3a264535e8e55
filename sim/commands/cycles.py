"""``convolith cycles``: a network's cycles, layer by layer."""

import argparse
import logging
import sys
from dataclasses import asdict, replace
from typing import Any

from convolith.model.networks.names import shortened
from convolith.model.networks.network import (
    NamedLayer,
    batch_text,
    choose_layers,
    common_batch,
    read_network,
)
from convolith.model.options.config import ArrayConfig
from convolith.sim.commands.errors import BadInput, checked
from convolith.sim.commands.executors import add_executor_options, make_executor, make_planners
from convolith.sim.commands.options import (
    add_array_options,
    add_layer_options,
    add_simulator_option,
    array_config,
    file_path,
    number,
)
from convolith.sim.cycles.baseline import Baseline, read_baselines
from convolith.sim.cycles.layer import LayerCycles, layer_cycles, total_json, with_rtl
from convolith.sim.cycles.page import markdown
from convolith.sim.cycles.plot import plot_utilization
from convolith.sim.cycles.table import cycles_table, heading
from convolith.sim.network.plan import plan, wide_enough
from convolith.sim.network.report import reports
from convolith.sim.network.run import run_tasks
from convolith.sim.network.task import Outcome, TaskError
from convolith.sim.report.files import OutputFiles

__all__ = ["add_parser", "main"]

log = logging.getLogger(__name__)

EXAMPLES = """examples:
  convolith cycles examples/networks/resnet50.csv --rows 16 --cols 16
  convolith cycles topology.csv --rows 8 --cols 8 --dot 4 --json cycles.json
  convolith cycles examples/networks/resnet18.csv --rows 16 --cols 16 \\
      --edges packed --compare examples/baselines/scalesim_os.csv --plot resnet18.png
  convolith cycles examples/networks/alexnet.csv --simulate --layers Conv3,Conv4 --jobs 2
  convolith cycles examples/networks/vgg16.csv --simulate --at-most-cycles 2000000
  convolith cycles --table cycles.json other.json

NET.csv has a line per layer: our own form, as in examples/networks, SCALE-Sim's topology files, or
its tables of matrix products (Layer,M,N,K); the header tells. docs/inputs.md describes them.
--compare takes SCALE-Sim's COMPUTE_REPORT.csv of the same network, or a table with columns layer
and NAME_cycles, which may have network and array.
Exit status: 0, also for RTL that is equal to PyTorch and to the model; 1 if it is not; 2 bad input
or usage."""


def add_parser(commands) -> None:
    parser = commands.add_parser(
        "cycles",
        help="a network's cycles, layer by layer, beside other simulators' and the RTL's",
        description="The cycles of every convolution of a network on an array, by the exact model: "
        "what the RTL takes, which --simulate shows.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(main=main)
    parser.add_argument("network", type=file_path, nargs="?", metavar="NET.csv",
                        help="the layers, in one of three forms (below)")
    what = parser.add_argument_group("what is looked at")
    add_layer_options(what)
    what.add_argument("--edges", choices=("plain", "packed", "auto"), default="auto",
                      help="idle rows at the end of a tile: they stay idle (plain); they start the "
                      "next output-channel tile, or rows share outputs in pairs (packed); as "
                      "--pack-edges says (auto, the default)")
    what.add_argument("--compare", type=file_path, metavar="others.csv",
                      help="cycles that others take, for a ratio per layer and in all: a table, or "
                      "SCALE-Sim's COMPUTE_REPORT.csv")
    what.add_argument("--simulate", action="store_true",
                      help="run the layers in RTL as well, with random numbers, and compare with "
                      "PyTorch")
    what.add_argument("--at-most-cycles", type=number(1), metavar="N",
                      help="simulate only layers of at most N cycles")
    what.add_argument("--table", type=file_path, nargs="+", metavar="F",
                      help="instead: a table of what --json wrote, as Markdown")
    add_simulator_option(what)
    add_executor_options(parser)
    add_array_options(parser, without=("act_words", "weight_words"))
    outputs = parser.add_argument_group("outputs")
    outputs.add_argument("--json", type=file_path, metavar="F",
                         help="the table, for other programs")
    outputs.add_argument("--plot", type=file_path, metavar="F.png",
                         help="utilization per layer, beside that of --compare")


def main(args: argparse.Namespace) -> int:
    with checked():
        if args.table:
            for given in ("network", "json", "plot", "compare", "layers"):
                if getattr(args, given):
                    raise ValueError(f"--table takes no {given}, and runs nothing")
            print(markdown(args.table))
            return 0
        if not args.network:
            raise ValueError("NET.csv is needed: the table of the layers")
        if args.at_most_cycles and not args.simulate:
            raise ValueError("--at-most-cycles needs --simulate, whose layers it chooses")
        every = read_network(args.network, batch=args.batch)
        config = with_edges(args)
        chosen = every
        if args.layers is not None:
            chosen = choose_layers(every, args.layers)
        workers = make_planners(args, simulating=args.simulate)
        layers = layer_cycles(config, chosen, workers)
        baselines = read_comparison(args, config, every)
        outputs = OutputFiles([args.network, *([args.compare] if args.compare else [])])
    with outputs:
        with checked():
            report = outputs.add(args.json) if args.json else None
            picture = outputs.add(args.plot) if args.plot else None
        if args.simulate:
            layers = simulate(args, config, layers)
        with checked():
            if report:
                report.write_json(as_json(args, layers, baselines))
            if picture:
                batch = batch_text(layer.named for layer in layers)
                title = f"{args.network.stem} on {config.shape}, {batch}"
                picture.write(plot_utilization(layers, baselines, title))
    print(heading(args.network.stem, layers))
    for baseline in baselines:
        known = sum(layer.name in baseline.cycles for layer in layers)
        print(f"{baseline.heading}, of {known} of {len(layers)} layers; ratio: these over ours, "
              "of the same layers")
    print()
    print(cycles_table(layers, baselines))
    wrong = [layer.difference for layer in layers if layer.difference]
    for difference in wrong:
        print(f"convolith cycles: not as it should be: {difference}", file=sys.stderr)
    return 1 if wrong else 0


def with_edges(args: argparse.Namespace) -> ArrayConfig:
    """The array's configuration, with the option --edges."""
    config = array_config(args)
    if args.edges == "auto":
        return config
    packs = args.edges == "packed"
    if args.pack_edges not in (None, packs):
        raise ValueError(f"--edges {args.edges} cannot be given with "
                         f"--{'no-' * packs}pack-edges")
    return replace(config, pack_edges=packs)


def read_comparison(
    args: argparse.Namespace, config: ArrayConfig, layers: list[NamedLayer]
) -> list[Baseline]:
    """The baselines in the files of --compare. They count cycles for one image."""
    if not args.compare:
        return []
    if args.batch != 1:
        raise ValueError(f"--compare needs --batch 1, as its cycles are of one image, not "
                         f"{args.batch}")
    for named in layers:
        if named.layer.N != 1:
            raise ValueError(
                f"--compare needs batch 1, as its cycles are of one image, "
                f"not {named.layer.N} as {shortened(named.name)} has in {args.network}"
            )
    return read_baselines(args.compare, args.network.stem, config, layers)


def simulate(
    args: argparse.Namespace, config: ArrayConfig, layers: list[LayerCycles]
) -> list[LayerCycles]:
    """The layers with the RTL's results, if they are short enough for --at-most-cycles."""
    most = args.at_most_cycles or max(layer.cycles for layer in layers)
    named = [layer.named for layer in layers if layer.cycles <= most]
    if not named:
        raise BadInput(
            f"--at-most-cycles must leave a layer: the shortest has "
            f"{min(layer.cycles for layer in layers):,} cycles, not {most:,}"
        )
    config = wide_enough(config, named)
    with checked():
        executor = make_executor(args, [config])
    tasks = plan(config, named, args.seed)  # whole layers, as the table has their cycles
    outcomes: dict[int, Outcome] = {}
    try:
        run_tasks(executor, tasks, outcomes)
    except TaskError as error:
        raise BadInput(str(error)) from error
    if len(named) < len(layers):
        log.info("%d of %d layers simulated: those of at most %s cycles",
                 len(named), len(layers), f"{most:,}")
    return with_rtl(layers, reports(tasks, outcomes, set()))


def as_json(
    args: argparse.Namespace, layers: list[LayerCycles], baselines: list[Baseline]
) -> dict[str, Any]:
    """The keys of --json."""
    total = total_json(layers)
    lines = [layer.as_json() for layer in layers]
    named = [layer.named for layer in layers]
    if baselines:
        for layer, line in zip(layers, lines, strict=True):
            line["compared"] = compared(baselines, [layer])
        total["compared"] = compared(baselines, layers)
    return {
        "network": str(args.network), "batch": common_batch(named),
        "config": asdict(layers[0].config), "layers": lines, "total": total,
    }


def compared(baselines: list[Baseline], layers: list[LayerCycles]) -> dict[str, Any]:
    """For each baseline its cycles, and its cycles over ours."""
    return {
        baseline.name: {
            "array": baseline.array,
            "cycles": sum(baseline.cycles.get(layer.name, 0) for layer in layers),
            "ratio": baseline.ratio([(layer.name, layer.cycles) for layer in layers]),
        }
        for baseline in baselines
    }
