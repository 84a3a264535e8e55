"""``convolith run``: one convolution of the user's own."""

import argparse
import sys
from pathlib import Path

from convolith.sim.commands.errors import BadInput, checked
from convolith.sim.commands.options import (
    add_array_options,
    add_simulator_option,
    array_config,
    axes,
)
from convolith.sim.commands.waves import Waves
from convolith.sim.convolution import Convolution
from convolith.sim.fault import parse_fault
from convolith.sim.files import OutputFiles, load_array
from convolith.sim.progress import ProgressLine
from convolith.sim.result import Result
from convolith.sim.simulator import Fault, Simulator
from convolith.sim.simulators import get_simulator
from convolith.sim.table import format_table, result_cells
from convolith.sim.window import around, check_window

__all__ = ["add_parser", "main"]

EXAMPLES = """examples:
  convolith run --input x.npy --weight w.npy --padding 1 --output y.npy
  convolith run --input x.npy --weight w.npy --stride 2,1 --rows 4 --cols 4 --dot 4 --json r.json
  convolith run --input x.npy --weight w.npy --act-bits 9 --waves conv.vcd
  convolith run --input x.npy --weight w.npy --fault 0,0,5 --waves-around-first-error error.vcd

Integer arrays give exact integer sums. Floats are encoded as fixed point: exactly, or refused.
Exit status: 0 equal to PyTorch, 1 not equal, 2 bad input or usage."""


def add_parser(commands) -> None:
    parser = commands.add_parser(
        "run",
        help="run one convolution from .npy files on the array",
        description="Runs a convolution on the array, in simulation, and compares it with PyTorch.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(main=main)
    tensors = parser.add_argument_group("convolution")
    tensors.add_argument("--input", type=Path, required=True, metavar="X.npy",
                         help="(N,C,L) or (N,C,H,W)")  # fmt: skip
    tensors.add_argument("--weight", type=Path, required=True, metavar="W.npy",
                         help="(OC,C/groups,K) or (OC,C/groups,KH,KW)")  # fmt: skip
    tensors.add_argument("--bias", type=Path, metavar="B.npy", help="(OC,)")
    for name, default in (("stride", 1), ("padding", 0), ("dilation", 1)):
        tensors.add_argument(f"--{name}", type=axes, default=[default], metavar="N[,N]",
                             help=f"one number, or one per axis (default: {default})")  # fmt: skip
    tensors.add_argument("--groups", type=int, default=1, metavar="N")
    add_array_options(parser)
    simulation = parser.add_argument_group("simulation")
    add_simulator_option(simulation)
    simulation.add_argument(
        "--fault",
        metavar="ROW,COL,BIT[,CYCLE]",
        help="flip one bit of a PE's sum once, to see that it is noticed",
    )
    outputs = parser.add_argument_group("outputs")
    outputs.add_argument("--output", type=Path, metavar="Y.npy", help="the array's result")
    outputs.add_argument("--json", type=Path, metavar="R.json", help="what was measured")
    outputs.add_argument("--waves", type=Path, metavar="FILE.vcd",
                         help="waveform; a GTKWave save file is put beside it")  # fmt: skip
    outputs.add_argument("--from-cycle", type=int, metavar="A",
                         help="the first cycle that the waveform shows (default: 1)")  # fmt: skip
    outputs.add_argument("--to-cycle", type=int, metavar="B",
                         help="the last one (default: the layer's last)")  # fmt: skip
    outputs.add_argument("--waves-around-first-error", type=Path, metavar="FILE.vcd",
                         help="if an output is wrong, run again for a waveform of the cycles "
                         "around the first one")  # fmt: skip


def main(args: argparse.Namespace) -> int:
    with checked():
        config = array_config(args)
        simulator = get_simulator(args.sim)
        x = load_array("the input", args.input)
        w = load_array("the weight", args.weight)
        bias = load_array("the bias", args.bias) if args.bias else None
        convolution = Convolution.prepare(
            config, x, w, bias,
            stride=args.stride, padding=args.padding, dilation=args.dilation, groups=args.groups,
        )  # fmt: skip
        tiling = convolution.tiling
        fault = parse_fault(args.fault, tiling) if args.fault is not None else None
        window = check_window(args.from_cycle, args.to_cycle, tiling)
        if window and not args.waves:
            raise ValueError("--from-cycle and --to-cycle need --waves, which they limit")
        simulator.prepare(config, observed=bool(args.waves or fault))
        if window or args.waves_around_first_error:
            simulator.check_window()
        outputs = OutputFiles(path for path in (args.input, args.weight, args.bias) if path)
    with outputs:
        with checked():
            output = outputs.add(args.output) if args.output else None
            report = outputs.add(args.json) if args.json else None
            waves = Waves(outputs, args.waves) if args.waves else None
            error_waves = (
                Waves(outputs, args.waves_around_first_error)
                if args.waves_around_first_error
                else None
            )
        result = simulate(convolution, simulator, fault, waves, window)
        if error_waves and result.difference:
            cycle = result.difference.cycle
            simulate(convolution, simulator, fault, error_waves, around(tiling, cycle))
        elif error_waves:
            error_waves.forget()
        with checked():
            if output:
                output.write_array(result.output)
            if report:
                report.write_json(result.as_json())
    if fault and result.equal:
        print("convolith run: the fault hit no sum that left the array", file=sys.stderr)
    return report_result(result)


def simulate(
    convolution: Convolution,
    simulator: Simulator,
    fault: Fault | None,
    waves: Waves | None,
    window: tuple[int, int] | None,
) -> Result:
    """Runs it with progress; a waveform comes with its save file."""
    # Before the progress begins to count; the waveform around an error may need another build.
    simulator.prepare(convolution.tiling.config, observed=bool(waves or fault))
    with ProgressLine("simulating") as progress:
        try:
            result = convolution.run(
                simulator,
                waves=waves.unfinished if waves else None,
                window=window,
                fault=fault,
                progress=progress,
            )
        except OSError as error:
            if not waves:
                raise
            raise BadInput(str(waves.vcd.cannot(error))) from error
    if waves:
        with checked():
            waves.save(convolution.tiling, simulator.name)
    return result


def report_result(result: Result) -> int:
    """Prints the result's line; says on standard error what is wrong, if anything is."""
    print(format_table([result_cells("run", result)]))
    if result.difference:
        print(f"convolith run: not equal to PyTorch: {result.difference}", file=sys.stderr)
        return 1
    return 0
