"""The layer that ``convolith watch`` and ``convolith explain`` look at."""

import argparse

from convolith.model.reference.tutorial import CASES
from convolith.sim.commands.case import FILES, add_case_options, asked_case, given_options
from convolith.sim.commands.options import add_array_options, add_simulator_option
from convolith.sim.demo.cases import tutorial_case
from convolith.sim.layers.common.prepared import Prepared

__all__ = ["add_layer_options", "asked_layer", "asked_title"]


def add_layer_options(parser: argparse.ArgumentParser, asked) -> None:
    """Adds --tutorial to a group, and what `convolith run` has of layer, array and simulation."""
    asked.add_argument("--tutorial", metavar="NAME",
                       help="a case of the tutorial, on the array of the demo: "
                       + ", ".join(case.name for case in CASES))
    add_case_options(parser)
    add_array_options(parser)
    simulation = parser.add_argument_group("simulation")
    add_simulator_option(simulation)
    simulation.add_argument("--fault", metavar="ROW,COL,BIT[,CYCLE]",
                            help="flip one bit of a PE's sum once")


def asked_layer(args: argparse.Namespace) -> Prepared:
    """The layer of the options, or a case of the tutorial.

    Raises
    ------
    TypeError, ValueError
        If there is none, or two.
    """
    if args.tutorial is None:
        return asked_case(args).prepare()
    if given := given_options(args):
        raise ValueError(
            f"--{given[0]} cannot be given with --tutorial, which has the demo's layer and array"
        )
    cases = {case.name: case for case in CASES}
    if args.tutorial not in cases:
        raise ValueError(
            f"--tutorial must be one of {', '.join(cases)}, not {args.tutorial!r}"
        )
    return tutorial_case(cases[args.tutorial]).convolution


def asked_title(args: argparse.Namespace) -> str:
    """What to call the layer."""
    if args.tutorial:
        return f"Tutorial: {args.tutorial}"
    files = [getattr(args, name) for name in FILES if getattr(args, name)]
    return ", ".join(path.name for path in files)
