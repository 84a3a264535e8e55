"""``convolith explain``: what a PE does in a cycle, or how an output comes about."""

import argparse

import numpy as np

from convolith.model.layer import ConvLayer
from convolith.model.reference.tutorial import CASES
from convolith.sim.commands.case import add_case_options, asked_case
from convolith.sim.commands.errors import checked
from convolith.sim.commands.options import add_array_options, add_simulator_option
from convolith.sim.demo.cases import tutorial_case
from convolith.sim.engines.simulators import get_simulator
from convolith.sim.layers.common.prepared import Prepared
from convolith.sim.layers.watching import asked_watch
from convolith.sim.report.progress import ProgressLine
from convolith.sim.watch.needed import needed_window
from convolith.sim.watch.recording import Recording, record
from convolith.sim.watch.sentence import history, named_output, sentence
from convolith.sim.watch.trace import Trace

__all__ = ["add_parser", "main"]

EXAMPLES = """examples:
  convolith explain --tutorial "2D channels" --cycle 42
  convolith explain --tutorial "2D channels" --output 0,1,1,1
  convolith explain --input x.npy --weight w.npy --rows 4 --cols 4 --cycle 100 --pe 2,1

The layer runs in RTL, and what is told is what the RTL did. x is the height and y the width, as in
the tutorial; x[n, ic, ix, iy], w[oc, ic, kx, ky] and y[n, oc, ox, oy] are your own tensors, however
the layer is laid out on the array.

Exit status: 0 equal to PyTorch, 1 not equal, 2 bad usage."""


def add_parser(commands) -> None:
    parser = commands.add_parser(
        "explain",
        help="say in words what the array does in a cycle",
        description="Runs a layer in RTL, and says what a PE (processing element) adds in a cycle, "
        "or which products make an output, one after the other.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(main=main)
    asked = parser.add_argument_group("what to explain")
    asked.add_argument("--cycle", type=int, metavar="N", help="what a PE does in this cycle")
    asked.add_argument("--pe", type=numbers(2), metavar="R,C",
                       help="the PE's row and column (default: 0,0)")
    asked.add_argument("--output", type=numbers(3, 4), metavar="N,OC,OX[,OY]",
                       help="the products of this output")
    asked.add_argument("--tutorial", metavar="NAME",
                       help="a case of the tutorial, on the array of the demo: "
                       + ", ".join(case.name for case in CASES))
    add_case_options(parser)
    add_array_options(parser)
    simulation = parser.add_argument_group("simulation")
    add_simulator_option(simulation)
    simulation.add_argument("--fault", metavar="ROW,COL,BIT[,CYCLE]",
                            help="flip one bit of a PE's sum once")


def numbers(*counts: int):
    """An option's type: so many integers from 0, with commas between them."""

    def parse(text: str) -> tuple[int, ...]:
        try:
            found = tuple(int(part) for part in text.split(","))
        except ValueError:
            found = ()
        if len(found) not in counts or min(found) < 0:
            many = " or ".join(map(str, counts))
            raise argparse.ArgumentTypeError(f"must be {many} integers from 0, not {text!r}")
        return found

    return parse


def main(args: argparse.Namespace) -> int:
    with checked():
        if args.cycle is None and args.output is None:
            raise ValueError("--cycle or --output is needed: what is to be explained")
        if args.pe is not None and args.cycle is None:
            raise ValueError("--pe needs --cycle, in which the PE does something")
        convolution = asked_layer(args)
        schedule = convolution.schedule
        row, column = checked_pe(args.pe or (0, 0), convolution)
        if args.cycle is not None and not 1 <= args.cycle <= schedule.cycles:
            raise ValueError(
                f"--cycle must be from 1 to {schedule.cycles}, the layer's last, not {args.cycle}"
            )
        output = None if args.output is None else checked_output(args.output, convolution.layer)
        _, fault = asked_watch(schedule, fault=args.fault)
        simulator = get_simulator(args.sim)
        simulator.prepare(schedule.config, observed=True)
        with ProgressLine("simulating") as progress:
            window = needed_window(convolution, args.cycle, output)
            recording = record(convolution, simulator, window, fault=fault, progress=progress)
    trace = Trace(convolution, recording)
    trace.check(sums=not fault)
    if args.cycle is not None:
        print(sentence(trace, args.cycle, row, column))
    if output is not None:
        print(history(trace, output))
    return ending(trace, recording, output)


def asked_layer(args: argparse.Namespace) -> Prepared:
    """The layer of the options, or a case of the tutorial."""
    if args.tutorial is None:
        return asked_case(args).prepare()
    if args.input or args.weight or args.weights or args.replay:
        raise ValueError("--tutorial cannot be given with another layer's files")
    cases = {case.name: case for case in CASES}
    if args.tutorial not in cases:
        raise ValueError(
            f"--tutorial must be one of {', '.join(cases)}, not {args.tutorial!r}"
        )
    return tutorial_case(cases[args.tutorial]).convolution


def checked_pe(pe: tuple[int, ...], convolution: Prepared) -> tuple[int, int]:
    row, column = pe
    rows, cols = convolution.config.rows, convolution.config.cols
    if row >= rows or column >= cols:
        raise ValueError(
            f"--pe must be from 0,0 to {rows - 1},{cols - 1}, not {row},{column}"
        )
    return row, column


def checked_output(at: tuple[int, ...], layer: ConvLayer) -> int:
    """The index of an output in the flattened output."""
    if len(at) != layer.dims + 2:
        raise ValueError(
            f"--output must be {layer.dims + 2} integers for a {layer.dims}D layer, not {len(at)}"
        )
    place = at if layer.dims == 2 else (*at[:2], 0, at[2])
    shape = (layer.N, layer.OC, layer.OX, layer.OY)
    if any(i >= extent for i, extent in zip(place, shape, strict=True)):
        last = [extent - 1 for extent in (shape if layer.dims == 2 else (*shape[:2], shape[3]))]
        raise ValueError(
            f"--output must be at most {','.join(map(str, last))}, not {','.join(map(str, at))}"
        )
    return int(np.ravel_multi_index(place, shape))


def ending(trace: Trace, recording: Recording, output: int | None) -> int:
    """What became of an output, and whether all are PyTorch's."""
    convolution, run = trace.convolution, recording.run
    expected = convolution.reference.output()
    got = convolution.decode(
        convolution.schedule.output_tensor(run.rows).reshape(expected.shape)
    )
    if output is not None:
        left = convolution.schedule.output_tensor(run.exit_cycles).reshape(-1)[output]
        found, right = got.reshape(-1)[output], expected.reshape(-1)[output]
        print(f"\n{named_output(trace, output)} is {found}, and left the core in cycle {left}."
              + ("" if found == right else f" PyTorch says {right}."))
    if convolution.scale != 1:
        print("The array's numbers are integers: "
              f"an output is such a sum times {convolution.scale}.")
    return 0 if np.array_equal(got, expected) else 1
