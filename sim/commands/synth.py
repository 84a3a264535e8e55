"""``convolith synth``: clock and cells of the hardware on an FPGA."""

import argparse

from convolith.sim.commands.errors import BadInput, checked
from convolith.sim.commands.options import add_array_options, array_config, file_path, number
from convolith.sim.report.files import OutputFiles
from convolith.sim.synthesis.block import BLOCKS
from convolith.sim.synthesis.capacity import check_capacity
from convolith.sim.synthesis.page import markdown
from convolith.sim.synthesis.report import synthesis_json, synthesis_text
from convolith.sim.synthesis.run import synthesize
from convolith.sim.synthesis.target import TARGETS
from convolith.sim.synthesis.tools import SynthesisError

__all__ = ["add_parser", "main"]

EXAMPLES = """examples:
  convolith synth --target ecp5-85k --rows 4 --cols 4 --dot 4
  convolith synth --target ice40up5k --rows 2 --cols 4 --block array --seeds 1
  convolith synth --target ecp5-85k --post-lanes 4 --store-results
  convolith synth --target ecp5-85k --block lane --post-mode float32
  convolith synth --target xilinx7 --rows 8 --cols 8 --json synth.json
  convolith synth --table synth.json other.json

The tools come with pip install 'convolith[synth]'. Their first start takes a minute.
For xilinx7 there is no open placer here: cells, but no clock."""


def add_parser(commands) -> None:
    parser = commands.add_parser(
        "synth",
        help="measure clock and cells with Yosys and nextpnr",
        description="Synthesizes a block for a part, places and routes it, and reports its clock, "
        "its cells and its critical path.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(main=main)
    what = parser.add_argument_group("what is synthesized")
    what.add_argument("--target", choices=TARGETS, help="the part")
    what.add_argument("--block", choices=BLOCKS, default="core",
                      help="the array, the core with its memories, or a lane that requantizes "
                      "(default: core)")
    what.add_argument("--seeds", type=number(1), default=3, metavar="N",
                      help="placements, of which the median is reported (default: 3)")
    what.add_argument("--json", type=file_path, metavar="F", help="what was measured")
    what.add_argument("--table", type=file_path, nargs="+", metavar="F",
                      help="instead: a table of what --json wrote, as Markdown")
    add_array_options(parser)


def main(args: argparse.Namespace) -> int:
    if args.table:
        with checked():
            for option in ("target", "json"):
                if getattr(args, option):
                    raise ValueError(f"--{option} cannot be given with --table, which runs nothing")
            print(markdown(args.table))
        return 0
    if not args.target:
        raise BadInput(f"--target must be given: one of {', '.join(TARGETS)}")
    with OutputFiles() as outputs:
        with checked():
            config = array_config(args)
            check_capacity(args.block, config, TARGETS[args.target])
            report = outputs.add(args.json) if args.json else None
        try:
            found = synthesize(
                args.block, config, TARGETS[args.target], range(1, args.seeds + 1)
            )
        except SynthesisError as error:
            raise BadInput(str(error)) from error
        except OSError as error:
            raise BadInput(f"the tools cannot be run: {error.strerror or error}") from error
        if report:
            with checked():
                report.write_json(synthesis_json(found))
        print(synthesis_text(found), flush=True)
    return 0
