"""``convolith testbench``: a layer as a self-checking test bench in Verilog."""

import argparse
import sys

from convolith.sim.commands.case import add_case_options, asked_case, input_files
from convolith.sim.commands.errors import checked
from convolith.sim.commands.module_name import add_name_option
from convolith.sim.commands.options import add_array_options, folder
from convolith.sim.export.testbench.folder import bench_folder
from convolith.sim.layers.compiled import Compiled
from convolith.sim.report.files import OutputFiles, folder_in_case

__all__ = ["add_parser", "main"]

EXAMPLES = """examples:
  convolith testbench --input x.npy --weight w.npy --padding 1 --rows 4 --cols 4 --dot 4 -o DIR
  convolith testbench --input x.npy --weight w.npy --bias b.npy --quantized q.json -o DIR
  convolith testbench --input x.npy --weight w.npy --no-memories --name my_core -o DIR

then, in DIR:
  iverilog -g2005 -o convolith_bench.vvp -f convolith_bench.f && vvp -n convolith_bench.vvp
  vvp -n convolith_bench.vvp +stall=1

With --store-results, results of a quantized layer are stored as well, and the activation memory is
compared."""


def add_parser(commands) -> None:
    parser = commands.add_parser(
        "testbench",
        help="write a layer as a self-checking test bench in Verilog",
        description="Writes a folder: the core's Verilog, the layer's memory images and registers, "
        "what PyTorch says must leave, and a test bench in plain Verilog that compares all of it, "
        "with the number of cycles.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(main=main)
    add_case_options(parser)
    add_array_options(parser)
    output = parser.add_argument_group("output")
    output.add_argument("--no-memories", dest="memories", action="store_false",
                        help="the core has memory ports, and the bench has the memories")
    add_name_option(output)
    output.add_argument("-o", "--out", type=folder, required=True, metavar="DIR",
                        help="the folder; made if it is not there")


def main(args: argparse.Namespace) -> int:
    with checked():
        compiled = Compiled.of(asked_case(args).prepare())
    with checked(), folder_in_case(args.out), OutputFiles(input_files(args)) as outputs:
        print(f"translating {compiled.config.shape} to Verilog ...", file=sys.stderr)
        contents = bench_folder(compiled, on_chip=args.memories, name=args.name)
        for name, text in contents.items():
            outputs.add(args.out / name).write_text(text)
    rows = sum(step.rows for step in compiled.program)
    print(f"{args.out}: {compiled.layer}, {compiled.mapping}, on {compiled.config.shape}: "
          f"{rows} rows, {compiled.cycles} cycles\n{args.out}/README.md says how to run it")
    return 0
