"""``convolith explain``: what a PE does in a cycle, or how an output comes about."""

import argparse

import numpy as np

from convolith.model.layer import ConvLayer
from convolith.sim.commands.errors import checked
from convolith.sim.commands.watched_layer import add_layer_options, asked_layer
from convolith.sim.layers.common.prepared import Prepared
from convolith.sim.layers.watching import asked_watch
from convolith.sim.report.progress import ProgressLine
from convolith.sim.watch.recorded.needed import needed_window
from convolith.sim.watch.recorded.outputs import Outputs
from convolith.sim.watch.recorded.recording import record
from convolith.sim.watch.recorded.simulator import recording_simulator
from convolith.sim.watch.recorded.trace import Trace
from convolith.sim.watch.recorded.words import Words

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
    add_layer_options(parser, asked)


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
        window = needed_window(convolution, args.cycle, output)
        simulator = recording_simulator(args.sim, [schedule], window)
        with ProgressLine("simulating") as progress:
            recording = record(convolution, simulator, window, fault=fault, progress=progress)
    trace = Trace(convolution, recording)
    trace.check(sums=not fault)
    if args.cycle is not None:
        print(Words(trace).sentence(args.cycle, row, column))
    if output is not None:
        print(Words(trace).history(output))
    return ending(trace, output)


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


def ending(trace: Trace, output: int | None) -> int:
    """What became of an output, and whether all are PyTorch's."""
    outputs, words = Outputs(trace), Words(trace)
    if output is not None:
        found, right = (words.result(int(of[output])) for of in (outputs.values, outputs.expected))
        print(f"\n{words.output(output)} is {found}, and left the core in cycle "
              f"{outputs.left[output]}." + ("" if found == right else f" PyTorch says {right}."))
    for note in words.numbers.notes(trace.convolution):
        print(note)
    return 0 if outputs.equal else 1
