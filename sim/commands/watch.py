"""``convolith watch``: a page on which a layer runs cycle by cycle."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from convolith.sim.commands.case import asked_case, input_files
from convolith.sim.commands.errors import checked
from convolith.sim.commands.options import file_path
from convolith.sim.commands.watched_layer import add_layer_options, asked_layer, asked_title
from convolith.sim.layers.common.prepared import Prepared
from convolith.sim.layers.watching import asked_watch, check_beside
from convolith.sim.report.files import STANDARD_OUTPUT, OutputFiles
from convolith.sim.report.progress import ProgressLine
from convolith.sim.report.table import format_table
from convolith.sim.watch.recorded.simulator import recording_simulator
from convolith.sim.watch.watch import Watch, watched

__all__ = ["add_parser", "main"]

EXAMPLES = """examples:
  convolith watch --tutorial "2D channels"
  convolith watch --tutorial "2D channels" --fault 1,0,5,47 --out fault.html
  convolith watch --input x.npy --weight w.npy --padding 1 --rows 4 --cols 4 --out conv.html
  convolith watch --input x.npy --weight w.npy --from-cycle 5000 --to-cycle 6000
  convolith watch --input x.npy --weight w.npy --pack-edges --beside-plain
  convolith watch --tutorial 1D --json trace.json.gz

The layer runs in RTL, and the page replays what the RTL did: which product each PE adds in each
cycle, the sums, the tensors, memory reads, and when results leave. It is one file that needs no
network. docs/watch.md says how to read it, and describes the trace of --json.

Exit status: 0 equal to PyTorch, 1 not equal, 2 bad usage."""


def add_parser(commands) -> None:
    parser = commands.add_parser(
        "watch",
        help="a page on which a layer runs on the array, cycle by cycle",
        description="Runs a layer in RTL, and writes an HTML page on which every cycle of every PE "
        "(processing element) can be looked at.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(main=main)
    asked = parser.add_argument_group("page")
    asked.add_argument("--out", "-o", type=file_path, metavar="FILE.html",
                       help="the page (default: watch.html, or none with --json)")
    asked.add_argument("--json", type=file_path, metavar="FILE.json[.gz]",
                       help="what was recorded, for programs")
    asked.add_argument("--title", help="the page's title (default: the names of the files)")
    asked.add_argument("--from-cycle", type=int, metavar="A",
                       help="the first cycle that is recorded (default: 1)")
    asked.add_argument("--to-cycle", type=int, metavar="B",
                       help="the last one (default: the layer's last)")
    asked.add_argument("--beside-plain", action="store_true",
                       help="the plain mapping of the same layer on the same page")
    add_layer_options(parser, asked)


def main(args: argparse.Namespace) -> int:
    with checked():
        layers = asked_layers(args)
        schedules = [layer.schedule for layer in layers]
        longest = max(schedules, key=lambda schedule: schedule.cycles)
        window, fault = asked_watch(
            longest, shown="a page", window=(args.from_cycle, args.to_cycle), fault=args.fault,
        )
        outputs = OutputFiles(input_files(args))
    with outputs:
        with checked():
            page = args.out or (None if args.json else Path("watch.html"))
            files = [outputs.add(path) for path in (page, args.json) if path]
            simulator = recording_simulator(args.sim, schedules, window)
            with ProgressLine("simulating") as progress:
                watch = watched(
                    layers, simulator, title=args.title or asked_title(args), window=window,
                    fault=fault, progress=progress,
                )
            for file, html in zip(files, [True, False] if page else [False], strict=False):
                file.write(watch.page() if html else watch.data(file.path.name))
    report(watch, page, args.json)
    return 0 if watch.equal else 1


def asked_layers(args: argparse.Namespace) -> Sequence[Prepared]:
    """The layer, and with --beside-plain its plain mapping.

    Raises
    ------
    TypeError, ValueError
        For options that do not go together.
    """
    layer = asked_layer(args)
    if not args.beside_plain:
        return [layer]
    if args.tutorial or args.replay:
        raise ValueError("--beside-plain cannot be given with --tutorial or --replay")
    args.plain = True
    plain = asked_case(args).prepare()
    check_beside(layer.schedule, plain.schedule, args.fault)
    return [layer, plain]


def report(watch: Watch, page: Path | None, trace: Path | None) -> None:
    """Prints what was recorded, and where it is; on standard error if a file is on the other."""
    to = sys.stderr if STANDARD_OUTPUT in (page, trace) else sys.stdout
    header = ("mapping", "array", "equal", "cycles", "recorded", "MACs")
    print(format_table([
        (
            one["mapping"], one["array"]["text"], "yes" if one["equal"] else "NO",
            f"{one['cycles']:,}", "{:,} to {:,}".format(*one["window"]), f"{one['macs']:,}",
        )
        for one in watch.documents
    ], header), file=to)
    for path, what in ((page, "the page, for a browser"), (trace, "the trace")):
        if path and path != STANDARD_OUTPUT:
            print(f"{path}: {what}", file=to)
