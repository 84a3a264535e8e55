"""``convolith run``: one convolution of the user's own."""

import argparse
import sys

from convolith.model.compile.schedule import Schedule
from convolith.sim.commands.case import add_case_options, asked_cases, input_files
from convolith.sim.commands.errors import BadInput, checked
from convolith.sim.commands.options import add_array_options, add_simulator_option, file_path
from convolith.sim.commands.replay import run_layers
from convolith.sim.commands.watch_command import watch_command
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.contract.simulator import Fault, Simulator, check_window
from convolith.sim.engines.simulators import get_simulator
from convolith.sim.layers.case import Case
from convolith.sim.layers.common.result import RESULT_HEADER, Result
from convolith.sim.layers.plain.convolution import Convolution
from convolith.sim.layers.quantized.convolution import QuantizedConvolution
from convolith.sim.layers.watching import asked_watch
from convolith.sim.report.files import OutputFiles
from convolith.sim.report.plan_table import plan_json, plan_table
from convolith.sim.report.progress import ProgressLine
from convolith.sim.report.table import format_table
from convolith.sim.waves.cycle_window import around
from convolith.sim.waves.files import Waves

__all__ = ["add_parser", "main"]

EXAMPLES = """examples:
  convolith run --input x.npy --weight w.npy --padding 1 --output y.npy
  convolith run --input x.npy --weight w.npy --stride 2,1 --rows 4 --cols 4 --dot 4 --json r.json
  convolith run --input x.npy --weights conv.pt --padding same --act-bits 12
  convolith run --input x.npy --weight w.npy --act-words 512 --plan
  convolith run --input x.npy --weight w.npy --bias b.npy --quantized q.json
  convolith run --input x.npy --weight w.npy --act-bits 9 --waves conv.vcd
  convolith run --input x.npy --weight w.npy --fault 0,0,5 --waves-around-first-error error.vcd

Integers give exact integer sums. Floats become integers times a power of two: exactly, if they can
be, or rounded half to even; PyTorch then gets the rounded ones, and the error against the floats is
told.

q.json: {"engine": "qnnpack", "input": {"scale": 0.02, "zero_point": 128},
"weight": {"scale": 0.01}, "output": {"scale": 0.05, "zero_point": 100, "relu": true}}
(docs/quantization.md; examples/quantized/ has such files)

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
    add_case_options(parser)
    add_array_options(parser)
    simulation = parser.add_argument_group("simulation")
    add_simulator_option(simulation)
    simulation.add_argument(
        "--fault",
        metavar="ROW,COL,BIT[,CYCLE]",
        help="flip one bit of a PE's sum once, to see that it is noticed",
    )
    outputs = parser.add_argument_group("outputs")
    outputs.add_argument("--output", type=file_path, metavar="Y.npy", help="the array's result")
    outputs.add_argument("--json", type=file_path, metavar="R.json", help="what was measured")
    outputs.add_argument("--plan", action="store_true",
                         help="print the pieces in which the memories are used, the words that "
                         "each loads, and cycles, and simulate nothing")
    outputs.add_argument("--waves", type=file_path, metavar="FILE.vcd",
                         help="waveform, VCD or (.fst) FST; files for GTKWave and Surfer are put "
                         "beside it")
    outputs.add_argument("--waves-all", action="store_true",
                         help="the waveform has every signal that the simulator knows, as VCD")
    outputs.add_argument("--from-cycle", type=int, metavar="A",
                         help="the first cycle that the waveform shows (default: 1)")
    outputs.add_argument("--to-cycle", type=int, metavar="B",
                         help="the last one (default: the layer's last)")
    outputs.add_argument("--waves-around-first-error", type=file_path, metavar="FILE.vcd",
                         help="if an output is wrong, run again for a waveform of the cycles "
                         "around the first one")


def main(args: argparse.Namespace) -> int:
    with checked():
        case = asked_cases(args)
        if not isinstance(case, Case):
            return run_layers(args, case)
        convolution, environment = case.prepare(), case.environment
        schedule = convolution.schedule
        if args.plan:
            return print_plan(args, schedule)
        simulator = get_simulator(args.sim)
        if (args.from_cycle, args.to_cycle) != (None, None) and not args.waves:
            raise ValueError("--from-cycle and --to-cycle need --waves, which they limit")
        if args.waves_all and not args.waves:
            raise ValueError("--waves-all needs --waves, whose file gets every signal")
        window, fault = asked_watch(
            schedule, shown="a waveform" if args.waves else None,
            window=(args.from_cycle, args.to_cycle), fault=args.fault,
        )
        outputs = OutputFiles(input_files(args))
    with outputs:
        with checked():
            output = outputs.add(args.output) if args.output else None
            report = outputs.add(args.json) if args.json else None
            waves = Waves(outputs, args.waves, everything=args.waves_all) if args.waves else None
            error_waves = (
                Waves(outputs, args.waves_around_first_error)
                if args.waves_around_first_error
                else None
            )
            # Steps that can take long come last.
            simulator.prepare(schedule.config, observed=bool(waves or fault))
            if window and args.waves_all:
                check_window(simulator)
        result = simulate(convolution, simulator, waves, window, fault, environment)
        if error_waves and result.difference:
            simulator.prepare(schedule.config, observed=True)
            shown = around(schedule, result.difference.cycle)
            simulate(convolution, simulator, error_waves, shown, fault, environment)
        elif error_waves:
            error_waves.forget()
        with checked():
            if output:
                output.write_array(result.output)
            if report:
                report.write_json(result.as_json())
    if fault and result.equal:
        what = "changed no output" if result.quantized else "hit no sum that left the array"
        print(f"convolith run: the fault {what}", file=sys.stderr)
    status = report_result(result)
    if environment and environment.percent < 100:
        print(f"outputs ready in {environment.percent} % of the cycles")
    wrong = result.difference or fault
    if wrong:
        command = watch_command(args.words, schedule, wrong.cycle)
        print(f"convolith run: to see it, cycle by cycle: {command}", file=sys.stderr)
    return status


def print_plan(args: argparse.Namespace, schedule: Schedule) -> int:
    """Prints the schedule, and writes it as JSON."""
    for name in ("output", "waves", "waves_around_first_error", "fault"):
        if getattr(args, name) is not None:
            option = name.replace("_", "-")
            raise ValueError(f"--{option} cannot be given with --plan, which simulates nothing")
    with OutputFiles(input_files(args)) as outputs:
        if args.json:
            outputs.add(args.json).write_json(plan_json(schedule))
    print(plan_table(schedule))
    return 0


def simulate(
    convolution: Convolution | QuantizedConvolution,
    simulator: Simulator,
    waves: Waves | None,
    window: tuple[int, int] | None,
    fault: Fault | None,
    environment: Environment | None,
) -> Result:
    """Runs the convolution with a progress line. A waveform gets its save file."""
    with ProgressLine("simulating") as progress:
        path = waves.unfinished if waves else None
        try:
            result = convolution.run(
                simulator, waves=path, everything=bool(waves and waves.everything), window=window,
                fault=fault, environment=environment, progress=progress,
            )
        except OSError as error:
            if not waves:
                raise
            raise BadInput(str(waves.wave.cannot(error))) from error
    if waves:
        with checked():
            waves.save(convolution.schedule)
    return result


def report_result(result: Result) -> int:
    """Prints the result's line, and on standard error what is wrong, if anything is."""
    print(format_table([result.cells("run")], RESULT_HEADER))
    if result.schedule.mapping not in ("plain", "none"):
        print(f"on the array: {result.schedule.mapping} (--plain for the layer as it is)")
    if result.quantized:
        print(f"quantized by {result.engine}; compared with {result.reference.name}")
    if result.rounding:
        print(result.rounding)
    if result.difference:
        print(f"convolith run: not equal to PyTorch: {result.difference}", file=sys.stderr)
        return 1
    return 0
