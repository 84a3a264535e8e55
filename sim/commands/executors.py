"""The options that choose where the layers of a network run."""

import argparse
import re

from convolith.model.options.config import ArrayConfig
from convolith.sim.commands.options import number
from convolith.sim.engines.simulators import get_simulator
from convolith.sim.network import processes
from convolith.sim.network.cluster import Cluster
from convolith.sim.network.executors import Executor, Here, Processes
from convolith.sim.network.workers import ClusterWorkers, LocalWorkers, ThisProcess, Workers

__all__ = [
    "add_executor_options", "make_executor", "make_planners", "make_workers", "start_early",
]


def add_executor_options(
    parser: argparse.ArgumentParser, *, jobs: int = 1, default: str = "1"
) -> None:
    """Adds --jobs, whose default the help describes so, and --cluster."""
    where = parser.add_argument_group("where it runs").add_mutually_exclusive_group()
    where.add_argument("--jobs", type=number(1), default=jobs, metavar="N",
                       help=f"processes on this machine (default: {default})")
    where.add_argument("--cluster", type=address, metavar="tcp://HOST:PORT",
                       help="the scheduler of a Dask cluster that is there already")


def address(text: str) -> str:
    """An option's type: the address of a scheduler."""
    if not re.fullmatch(r"\w+://[^/]+:\d+", text):
        raise argparse.ArgumentTypeError(f"must be tcp://HOST:PORT, not {text!r}")
    return text


def start_early(args: argparse.Namespace) -> None:
    """Lets the workers of --jobs import what they need while the command reads and plans."""
    if args.jobs > 1 and not args.cluster:
        processes.start_early()


def make_executor(
    args: argparse.Namespace, configs: list[ArrayConfig], *, observed: bool = False
) -> Executor:
    """The executor for --sim, --jobs and --cluster.

    The simulator is built here for every configuration. Workers of a cluster build their own.

    Raises
    ------
    ValueError
        For a simulator that is not available.
    BuildError
        If the simulator cannot be built.
    ExecutorError
        If the cluster is not available.
    """
    if args.cluster:
        return Cluster(args.cluster, args.sim)
    simulator = get_simulator(args.sim)
    for config in configs:
        simulator.prepare(config)
        if observed:
            simulator.prepare(config, observed=True)
    return Here(simulator) if args.jobs == 1 else Processes(simulator.name, args.jobs)


def make_workers(args: argparse.Namespace) -> Workers:
    """Workers for --jobs and --cluster.

    Raises
    ------
    ExecutorError
        If the cluster is not available.
    """
    return ClusterWorkers(args.cluster) if args.cluster else LocalWorkers(args.jobs)


def make_planners(args: argparse.Namespace, *, simulating: bool) -> Workers:
    """Workers that plan, for --jobs and --cluster. ``simulating``: others will simulate after them.

    Raises
    ------
    ExecutorError
        If the cluster is not available.
    """
    if args.cluster:
        return ClusterWorkers(args.cluster)
    return LocalWorkers(args.jobs, simulating=simulating) if args.jobs > 1 else ThisProcess()
