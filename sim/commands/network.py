"""``convolith network``: every convolution of a network on the array."""

import argparse
import logging
import sys
from time import perf_counter

from convolith.model.networks.names import shortened
from convolith.model.networks.network import NamedLayer, choose_layers, common_batch, read_network
from convolith.model.options.config import ArrayConfig
from convolith.model.options.lanes import usual_lanes
from convolith.sim.commands.errors import BadInput, checked
from convolith.sim.commands.executors import add_executor_options, make_executor, start_early
from convolith.sim.commands.first_error import FirstError
from convolith.sim.commands.options import (
    add_array_options,
    add_layer_options,
    add_simulator_option,
    array_parameters,
    file_path,
)
from convolith.sim.engines.contract.fault import parse_fault
from convolith.sim.network.executors import Executor
from convolith.sim.network.journal import Journal
from convolith.sim.network.plan import check_layers, plan, wide_enough
from convolith.sim.network.report import LayerReport, network_json, network_table, reports
from convolith.sim.network.run import run_tasks
from convolith.sim.network.task import Outcome, Task, TaskError
from convolith.sim.report.files import OutputFiles

__all__ = ["add_parser", "main"]

log = logging.getLogger(__name__)

EXAMPLES = """examples:
  convolith network examples/networks/resnet50.csv --rows 8 --cols 8 --dot 4 --jobs 2
  convolith network examples/networks/alexnet.csv --rows 16 --cols 16 --layers Conv3,Conv4
  convolith network examples/networks/mobilenet.csv --sums --jobs 2
  convolith network examples/networks/vgg16.csv --jobs 2 --json vgg16.json --resume
  convolith network examples/networks/vgg16.csv --cluster tcp://10.0.0.1:8786

NET.csv has a line per layer: our own form, as in examples/networks, SCALE-Sim's topology files, or
its tables of matrix products (Layer,M,N,K); the header tells. docs/inputs.md describes them.
Exit status: 0 all equal to PyTorch, 1 not equal, 2 bad input or usage, 130 interrupted."""


def add_parser(commands) -> None:
    parser = commands.add_parser(
        "network",
        help="run every convolution of a network on the array",
        description="Runs the convolutions of a network as quantized layers, with random numbers, "
        "on the array, in RTL simulation, and compares every byte with PyTorch and every cycle "
        "with the model.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(main=main)
    parser.add_argument("network", type=file_path, metavar="NET.csv",
                        help="the layers, in one of three forms (below)")
    what = parser.add_argument_group("what is run")
    add_layer_options(what)
    what.add_argument("--sums", action="store_true",
                      help="plain layers, whose sums leave as they are")
    what.add_argument("--fault", metavar="LAYER:ROW,COL,BIT[,CYCLE]",
                      help="flip a bit of a PE's sum, to see that it is noticed")
    what.add_argument("--resume", action="store_true",
                      help="do not run again what an earlier run has done")
    add_simulator_option(what)
    add_executor_options(parser)
    add_array_options(parser, without=("act_words", "weight_words"))
    outputs = parser.add_argument_group("outputs")
    outputs.add_argument("--json", type=file_path, metavar="F", help="what was measured")
    outputs.add_argument("--waves-around-first-error", type=file_path, metavar="FILE.vcd",
                         help="if an output is wrong, run its layer again for a waveform of the "
                         "cycles around the first one")


def main(args: argparse.Namespace) -> int:
    results: list[LayerReport] = []
    try:
        with OutputFiles([args.network]) as outputs:
            run(args, outputs, results)
    finally:  # differences are printed even if another output cannot be written
        for result in results:
            if result.difference:
                message = f"convolith network: not equal to PyTorch: {result.difference}"
                print(message, file=sys.stderr)
        if results:
            print(network_table(results))
    return 0 if all(result.equal for result in results) else 1


def run(args: argparse.Namespace, outputs: OutputFiles, results: list[LayerReport]) -> None:
    """Runs the network, adds its layers to ``results``, and writes the files."""
    start_early(args)
    with checked():
        every = read_network(args.network, batch=args.batch)
        config = wide_enough(network_config(args), every)  # whichever are chosen: the same core
        layers = every if args.layers is None else choose_layers(every, args.layers)
        check_layers(config, layers)
        faults = parse_faults(args.fault, layers)
        check_faults(plan(config, layers, args.seed, faults=faults))  # before anything is built
        report = outputs.add(args.json) if args.json else None
        executor = make_executor(args, [config], observed=bool(faults))
        again = FirstError(args, config, outputs) if args.waves_around_first_error else None
        tasks = plan(config, layers, args.seed, workers=executor.workers, faults=faults)
        outcomes: dict[int, Outcome] = {}
        journal = Journal(args.network, config, args.sim)
        if args.resume:
            tasks, outcomes = journal.resume(tasks)
        check_faults(tasks)
    kind = f"quantized layers, {config.post_lanes} lanes" if config.post_lanes else "layers' sums"
    log.info(
        "%d layers of %s on %s, seed %d: %s",
        len(layers), args.network, config.shape, args.seed, kind,
    )
    began = perf_counter()
    resumed = set(outcomes)
    if not args.resume:
        journal.forget(tasks)
    simulate(executor, tasks, outcomes, journal)
    wall_s = perf_counter() - began
    results += reports(tasks, outcomes, resumed)
    log.info("%.1f s on %d worker%s", wall_s, executor.workers, "s" * (executor.workers > 1))
    with checked():
        if again:
            again.show(tasks, outcomes)
        if report:
            about = {"network": str(args.network), "batch": common_batch(layers), "seed": args.seed}
            about |= {"quantized": config.post_lanes > 0}
            about |= {"workers": executor.workers, "wall_s": wall_s}
            report.write_json(network_json(config, results, **about))


def network_config(args: argparse.Namespace) -> ArrayConfig:
    """The array's configuration. It has lanes in qnnpack's mode, unless sums are asked for."""
    given = array_parameters(args)
    if args.sums:
        if given.get("post_lanes"):
            raise ValueError("--post-lanes cannot be given with --sums, which need none")
        return ArrayConfig(**given)
    plain = {name: of for name, of in given.items() if name != "store_results"}
    usual = {"post_lanes": usual_lanes(ArrayConfig(**plain).cols)}
    config = ArrayConfig(**{**usual, **given})
    for name, least in (("post_lanes", 1), ("act_bits", 8), ("weight_bits", 8)):
        if getattr(config, name) < least:
            raise ValueError(
                f"{name} must be at least {least} for quantized layers, not "
                f"{getattr(config, name)} (--sums runs plain ones)"
            )
    if config.post_mode != "int32":
        raise ValueError(f"post_mode must be int32 for a network, not {config.post_mode}")
    return config


def simulate(
    executor: Executor, tasks: list[Task], outcomes: dict[int, Outcome], journal: Journal
) -> None:
    """Runs the tasks that are not done yet. If interrupted, prints how to resume."""
    try:
        run_tasks(executor, tasks, outcomes, journal)
    except KeyboardInterrupt:
        done = reports(tasks, outcomes, set())
        layers = len({task.name for task in tasks})
        pieces = len(outcomes) - sum(len(layer.tasks) for layer in done)
        log.info(
            "%d of %d layers are done%s; the same command with --resume goes on from here",
            len(done), layers, f" and {pieces} pieces of others" if pieces else "",
        )
        raise
    except TaskError as error:
        raise BadInput(str(error)) from error
    for number, task in enumerate(tasks):
        if task.fault and outcomes[number].equal:
            if task.quantized:
                log.warning("the fault changed no output of %s", shortened(task.name))
            else:
                log.warning("the fault hit no sum of %s that left the array", shortened(task.name))


def check_faults(tasks: list[Task]) -> None:
    """Refuses a fault at a place or cycle that its task does not have."""
    for task in tasks:
        if task.fault:
            parse_fault(task.fault, task.schedule)


def parse_faults(text: str | None, layers: list[NamedLayer]) -> dict[str, str]:
    """The fault of each layer, from ``LAYER:ROW,COL,BIT[,CYCLE]``. A name may have colons.

    Raises
    ------
    ValueError
        If the text does not have that form, or no layer has the name.
    """
    if text is None:
        return {}
    if ":" not in text:
        raise ValueError(
            f"a fault must be LAYER:ROW,COL,BIT or with ,CYCLE, not {shortened(text)!r}"
        )
    names = [named.name for named in layers if text.startswith(f"{named.name}:")]
    name = max(names, key=len, default=text.partition(":")[0])
    choose_layers(layers, name)
    return {name: text.removeprefix(f"{name}:")}
