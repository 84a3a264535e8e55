"""``convolith sweep``: a network on a grid of arrays."""

import argparse
import sys
from dataclasses import replace

from convolith.model.networks.network import batch_text, choose_layers, read_network
from convolith.sim.commands.errors import BadInput, checked
from convolith.sim.commands.executors import add_executor_options, make_executor, make_planners
from convolith.sim.commands.options import (
    add_array_options,
    add_layer_options,
    add_simulator_option,
    array_config,
    file_path,
    integers,
)
from convolith.sim.network.plan import plan
from convolith.sim.network.plot import plot_pareto
from convolith.sim.network.report import reports
from convolith.sim.network.run import run_tasks
from convolith.sim.network.sweep import Point, grid, sweep_csv, sweep_table
from convolith.sim.network.task import Outcome, TaskError
from convolith.sim.report.files import OutputFiles

__all__ = ["add_parser", "main"]

EXAMPLES = """examples:
  convolith sweep examples/networks/resnet18.csv --rows 4,8,16 --cols 4,8,16 --dot 1,2,4
  convolith sweep examples/networks/resnet50.csv --rows 8,16 --cols 8,16 --dot 1,4 \\
      --simulate 8x8x4,16x16x1 --jobs 2 --plot pareto.png --csv sweep.csv

NET.csv has a line per layer: our own form, as in examples/networks, SCALE-Sim's topology files, or
its tables of matrix products (Layer,M,N,K); the header tells. docs/inputs.md describes them.
Exit status: 0 all that was simulated is equal to PyTorch, 1 not equal, 2 bad input or usage."""

GRID = ("rows", "cols", "dot", "lanes")


def add_parser(commands) -> None:
    parser = commands.add_parser(
        "sweep",
        help="a network's cycles on a grid of arrays",
        description="The cycles of a network on every array of a grid, by the exact model, and in "
        "RTL simulation for chosen ones.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(main=main)
    parser.add_argument("network", type=file_path, metavar="NET.csv",
                        help="the layers, in one of three forms (below)")
    axes = parser.add_argument_group("grid")
    for name, default, what in zip(
        GRID, ([8], [8], [1], [0]),
        ("rows R", "columns C", "products per PE, D", "lanes V (default: R * D)"), strict=True,
    ):
        axes.add_argument(f"--{name}", type=integers, default=default, metavar="N,N", help=what)
    what = parser.add_argument_group("what is run")
    add_layer_options(what)
    what.add_argument("--simulate", metavar="RxCxD,..",
                      help="arrays to be simulated in RTL as well: their names, best (those that "
                      "no other beats) or all")
    add_simulator_option(what)
    add_executor_options(parser)
    add_array_options(parser, without=(*GRID, "act_words", "weight_words"))
    outputs = parser.add_argument_group("outputs")
    outputs.add_argument("--csv", type=file_path, metavar="F", help="the table, for other programs")
    outputs.add_argument("--plot", type=file_path, metavar="F.png",
                         help="cycles against multipliers, the best arrays named")


def main(args: argparse.Namespace) -> int:
    with checked():
        layers = read_network(args.network, batch=args.batch)
        if args.layers is not None:
            layers = choose_layers(layers, args.layers)
        workers = make_planners(args, simulating=args.simulate is not None)
        axes = (args.rows, args.cols, args.dot, args.lanes)
        points = grid(array_config(args), layers, *axes, workers)
        chosen = choose_points(args.simulate, points)
        outputs = OutputFiles([args.network])
    with outputs:
        with checked():
            table = outputs.add(args.csv) if args.csv else None
            picture = outputs.add(args.plot) if args.plot else None
        if chosen:
            points = simulate(args, layers, points, chosen)
        with checked():
            if table:
                table.write_text(sweep_csv(points))
            if picture:
                picture.write(plot_pareto(points, f"{args.network.stem}, {batch_text(layers)}"))
    print(sweep_table(points))
    print("\nbest: no array of the grid with as few multipliers takes fewer cycles.")
    wrong = [layer.difference for p in points for layer in p.layers if layer.difference]
    for difference in wrong:
        print(f"convolith sweep: not equal to PyTorch: {difference}", file=sys.stderr)
    return 1 if wrong else 0


def choose_points(text: str | None, points: list[Point]) -> list[int]:
    """The indices of the points that ``--simulate`` names."""
    if text is None:
        return []
    if text in ("best", "all"):
        return [i for i, point in enumerate(points) if point.best or text == "all"]
    names = text.split(",")
    known = [point.config.shape for point in points]
    for name in names:
        if name not in known:
            raise ValueError(
                f"arrays to simulate must be best, all, or of the grid: {', '.join(known)}, "
                f"not {name!r}"
            )
    return [i for i, shape in enumerate(known) if shape in names]


def simulate(args, layers, points: list[Point], chosen: list[int]) -> list[Point]:
    """The points, with the RTL's results for those that were chosen."""
    configs = [points[i].config for i in chosen]
    with checked():
        executor = make_executor(args, configs)
    # Whole layers, as the table has their cycles. There are enough of them for the workers.
    plans = [plan(config, layers, args.seed) for config in configs]
    outcomes: dict[int, Outcome] = {}
    try:
        run_tasks(executor, [task for tasks in plans for task in tasks], outcomes)
    except TaskError as error:
        raise BadInput(str(error)) from error
    points, first = list(points), 0
    for i, tasks in zip(chosen, plans, strict=True):
        own = {n: outcomes[first + n] for n in range(len(tasks))}
        points[i] = replace(points[i], layers=tuple(reports(tasks, own, set())))
        first += len(tasks)
    return points
