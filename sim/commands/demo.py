"""``convolith demo``: the tutorial's convolutions and a photograph, compared with PyTorch."""

import argparse
import sys
from pathlib import Path

import numpy as np

from convolith.hw.name import NAME
from convolith.hw.verilog import core_verilog
from convolith.sim.commands.errors import checked
from convolith.sim.commands.options import add_simulator_option, folder
from convolith.sim.demo.cases import DemoCase, photo_case, tutorial_cases
from convolith.sim.demo.photo import draw_edges
from convolith.sim.engines.contract.simulator import Simulator
from convolith.sim.engines.simulators import get_simulator
from convolith.sim.export.testbench.folder import bench_folder
from convolith.sim.layers.common.result import RESULT_HEADER, Result
from convolith.sim.layers.compiled import Compiled
from convolith.sim.report.files import OutputFiles, make_folder
from convolith.sim.report.progress import ProgressLine
from convolith.sim.report.table import format_table
from convolith.sim.watch.recorded.simulator import recording_simulator
from convolith.sim.watch.watch import watched
from convolith.sim.waves.files import Waves

__all__ = ["add_parser", "main"]

WAVES_OF = "2D batch"
BENCH_TEXT = """
the case "{case}" as a self-checking test bench in Verilog is in {folder}; with Icarus:
  cd {folder} && iverilog -g2005 -o {bench}.vvp -f {bench}.f && vvp -n {bench}.vvp"""
MORE = """more: make digits (examples/digits.py in the repository), a small network that is trained,
quantized by PyTorch, and reads digits on the array, every byte of every layer PyTorch's"""
PICTURE, WAVES, REPORT, BENCH = "edges.png", "conv2d.vcd", "demo.json", "testbench"
PAGE, PAGE_OF = "conv2d.html", "2D channels"
PAGE_TEXT = """
the case "{case}", cycle by cycle, is on the page {page}: open it in a browser"""


def add_parser(commands) -> None:
    parser = commands.add_parser(
        "demo",
        help="the tutorial's convolutions and a photograph on the array",
        description="Runs the tutorial's convolutions and a photograph on the array, in "
        "simulation, and compares every output with PyTorch and with what the tutorial prints.",
        epilog="examples:\n  convolith demo\n  convolith demo --out results\n\n"
        f"{MORE}\n\nExit status: 0 all equal, 1 not equal, 2 bad usage.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(main=main)
    parser.add_argument(
        "--out",
        type=folder,
        default=Path("demo"),
        metavar="DIR",
        help="where results go; made if it is not there (default: demo)",
    )
    add_simulator_option(parser)


def main(args: argparse.Namespace) -> int:
    with checked():
        simulator = get_simulator(args.sim)
        make_folder(args.out)
        make_folder(args.out / BENCH)
    cases = [*tutorial_cases(), photo_case()]
    with OutputFiles() as outputs:
        with checked():
            picture = outputs.add(args.out / PICTURE)
            waves = Waves(outputs, args.out / WAVES)
            core = outputs.add(args.out / f"{NAME}.v")
            report = outputs.add(args.out / REPORT)
            page = outputs.add(args.out / PAGE)
        shown = next(case for case in cases if case.name == WAVES_OF)
        bench = bench_folder(Compiled.of(shown.convolution))
        with checked():
            benches = {name: outputs.add(args.out / BENCH / name) for name in bench}
        results: list[Result] = []
        for case in cases:
            say(f"simulating {case.name} ...")
            results.append(simulate(case, simulator, waves.unfinished))
        say("writing the page, the picture, the waveform and the Verilog ...")
        with checked():
            page.write(watched_page(next(case for case in cases if case.name == PAGE_OF)))
            for name, file in benches.items():
                file.write_text(bench[name])
            waves.save(shown.convolution.schedule)
            core.write_text(core_verilog(shown.convolution.config))
            photo = cases[-1].convolution.reference.x
            draw_edges(photo, results[-1].output, picture.unfinished)
            report.write_json({
                "cases": [
                    {"name": case.name, **result.as_json(), "as_printed": as_printed(case, result)}
                    for case, result in zip(cases, results, strict=True)
                ]
            })
    written = [file.path for file in outputs.files if file not in benches.values()]
    return report_results(cases, results, written, args.out / BENCH)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def simulate(case: DemoCase, simulator: Simulator, waves: Path) -> Result:
    """Runs a case, with a waveform if it is the case that is shown."""
    shown = waves if case.name == WAVES_OF else None
    simulator.prepare(case.convolution.config, observed=bool(shown))
    with ProgressLine(f"simulating {case.name}") as progress:
        return case.convolution.run(simulator, waves=shown, progress=progress)


def watched_page(case: DemoCase) -> bytes:
    """The page of a case."""
    layer = case.convolution
    simulator = recording_simulator("amaranth", [layer.schedule])
    return watched([layer], simulator, title=f"Tutorial: {case.name}").page()


def as_printed(case: DemoCase, result: Result) -> bool | None:
    """Whether the array's output is what the tutorial prints; None if it prints nothing."""
    if case.printed is None:
        return None
    return bool(np.array_equal(result.output, case.printed))


def report_results(
    cases: list[DemoCase], results: list[Result], files: list[Path], bench: Path
) -> int:
    """Prints the table and the paths of the files. Returns the exit status."""
    rows, all_equal = [], True
    for case, result in zip(cases, results, strict=True):
        printed = as_printed(case, result)
        rows.append((*result.cells(case.name), {None: "-", True: "yes"}.get(printed, "NO")))
        all_equal &= result.equal and printed is not False
    print(format_table(rows, (*RESULT_HEADER, "as printed")))
    for case, result in zip(cases, results, strict=True):
        if result.difference:
            print(f"convolith demo: {case.name}: {result.difference}", file=sys.stderr)
    print("\nequal: to PyTorch, every bit.  model: cycles as the cycle model predicts them.")
    print("as printed: equal to the outputs that the tutorial shows.")
    print("\nwritten: " + ", ".join(str(path) for path in files))
    print(PAGE_TEXT.format(case=PAGE_OF, page=bench.parent / PAGE))
    print(BENCH_TEXT.format(case=WAVES_OF, folder=bench, bench=f"{NAME}_bench"))
    print(f"\n{MORE}")
    return 0 if all_equal else 1
