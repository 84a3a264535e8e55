"""The options that describe the convolution for ``convolith run``."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from convolith.model.options.config import ArrayConfig
from convolith.sim.commands.options import array_parameters, axes, file_path, padding
from convolith.sim.layers.case import Case
from convolith.sim.layers.chain_case import ChainCase
from convolith.sim.layers.plain.tensors import load_weights
from convolith.sim.layers.quantized.config import quantized_config
from convolith.sim.layers.quantized.description import load_description
from convolith.sim.layers.replay import AnyCase, load_case
from convolith.sim.report.files import load_array

__all__ = [
    "add_case_options",
    "asked_case",
    "asked_cases",
    "given_options",
    "input_files",
]

DEFAULTS = {
    "stride": [1], "padding": [0], "dilation": [1], "groups": 1, "padding_mode": "zeros",
    "exact": False, "plain": False,
}
FILES = ("input", "weight", "weights", "bias", "quantized", "replay")


def add_case_options(parser: argparse.ArgumentParser) -> None:
    """Adds --input, --weight, --stride and all other options but those of the array."""
    group = parser.add_argument_group("convolution")
    group.add_argument("--input", type=file_path, metavar="X.npy",
                       help="(N,C,L), (N,C,H,W), both also without N, or (...,in) for a linear "
                       "layer")
    group.add_argument("--weight", type=file_path, metavar="W.npy",
                       help="(OC,C/groups,K), (OC,C/groups,KH,KW), or (out,in)")
    group.add_argument("--bias", type=file_path, metavar="B.npy", help="(OC,)")
    group.add_argument("--weights", type=file_path, metavar="F.pt",
                       help="in their place: a PyTorch module's state dict, with weight and, "
                       "perhaps, bias")
    for name in ("stride", "dilation"):
        group.add_argument(f"--{name}", type=axes, default=DEFAULTS[name], metavar="N[,N]",
                           help="one number, or one per axis, height,width "
                           "(default: 1)")
    group.add_argument("--padding", type=padding, default=DEFAULTS["padding"], metavar="N[,N..]",
                       help="one number, one per axis, or one per side: left,right,top,bottom, "
                       "in 1D left,right; "
                       "or same, or valid (default: 0)")
    group.add_argument("--padding-mode", default=DEFAULTS["padding_mode"], metavar="MODE",
                       help="zeros (default), reflect, replicate or circular")
    group.add_argument("--groups", type=int, default=DEFAULTS["groups"], metavar="N")
    group.add_argument("--quantized", type=file_path, metavar="Q.json",
                       help="scales, zero points and engine of a quantized layer: the input is "
                       "uint8, the weight int8, the bias float32, the result uint8")
    group.add_argument("--exact", action="store_true",
                       help="refuse floats that would have to be rounded")
    group.add_argument("--plain", action="store_true",
                       help="the plain loop nest: kernels not folded, groups not merged, words not "
                       "shared, tiles not packed")
    group.add_argument("--replay", type=file_path, metavar="CASE.npz",
                       help="instead of all these and the array's options: a case that a campaign "
                       "has saved")


def asked_case(args: argparse.Namespace) -> Case:
    """The convolution that the options describe.

    Raises
    ------
    TypeError, ValueError
        If they describe none, or a file cannot be read.
    """
    case = asked_cases(args)
    if not isinstance(case, Case):
        what = f"a chain of {len(case.layers)} layers" if isinstance(case, ChainCase) else (
            f"a sequence of {len(case.cases)} cases"
        )
        raise ValueError(
            f"--replay must be a case of one layer here, not {what} as {args.replay}, which "
            "convolith run takes"
        )
    if case.environment:
        print(
            f"convolith {args.command}: outputs are always ready here; with the environment of "
            f"{args.replay}: convolith run --replay", file=sys.stderr,
        )
    return case


def asked_cases(args: argparse.Namespace) -> AnyCase:
    """The same, or the layers that --replay names; raises what `asked_case` raises."""
    arguments = {name: getattr(args, name) for name in DEFAULTS}
    given = array_parameters(args)
    if args.quantized and "post_lanes" not in given:
        given.pop("store_results", None)  # refused without lanes, which the case gets later
    config = ArrayConfig(**given)  # a bad configuration is refused before any file is read
    if args.replay:
        _check_alone(args)
        return load_case(args.replay)
    if not args.input:
        raise ValueError("--input is needed: the convolution's input, a .npy file")
    if bool(args.weight) == bool(args.weights):
        what = "not both" if args.weight else "a .npy file or a state dict"
        raise ValueError(f"--weight or --weights is needed, {what}")
    if args.weights and args.bias:
        raise ValueError("--bias goes with --weight: --weights has the bias in its file")
    x = load_array("the input", args.input)
    if args.weights:
        w, bias = load_weights(args.weights)
    else:
        w = load_array("the weight", args.weight)
        bias = load_array("the bias", args.bias) if args.bias else None
    case = Case(config=config, x=x, w=w, bias=bias, arguments=arguments)
    if not args.quantized:
        return case
    if args.exact:
        raise ValueError("--exact cannot be given with --quantized, which has no floats to round")
    case = replace(case, quantized=load_description(args.quantized))
    return replace(case, config=quantized_config(case.layer, array_parameters(args)))


def given_options(args: argparse.Namespace) -> list[str]:
    """The options of convolution and array that are given with other values than the defaults."""
    given = [name for name in FILES if getattr(args, name)]
    given += [name for name, value in DEFAULTS.items() if getattr(args, name) != value]
    given += array_parameters(args)
    return [name.replace("_", "-") for name in given]


def input_files(args: argparse.Namespace) -> list[Path]:
    """The files that the options name as inputs."""
    return [getattr(args, name) for name in FILES if getattr(args, name)]


def _check_alone(args: argparse.Namespace) -> None:
    """Refuses other options beside --replay, as a case has everything."""
    given = [name for name in given_options(args) if name != "replay"]
    if given:
        raise ValueError(
            f"--{given[0]} cannot be given with --replay, whose file has the whole case"
        )
