"""``convolith cache``: the builds that are kept."""

import argparse
from datetime import datetime

from convolith.sim.engines.native.cache import Cache
from convolith.sim.report.table import format_table

__all__ = ["add_parser", "main"]


def add_parser(commands) -> None:
    parser = commands.add_parser(
        "cache",
        help="show or empty the cache of built simulators",
        description="Shows what has been built for the simulator verilator, and where it is kept: "
        "in $CONVOLITH_CACHE, or in convolith within $XDG_CACHE_HOME (~/.cache).",
        epilog="examples:\n  convolith cache\n  convolith cache --clear",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(main=main)
    parser.add_argument("--clear", action="store_true",
                        help="remove all of it, and what --resume would find")


def main(args: argparse.Namespace) -> int:
    cache = Cache()
    if args.clear:
        print(f"{cache.root}: {megabytes(cache.clear())} freed")
        return 0
    entries = cache.entries()
    if entries:
        print(format_table(
            [
                (entry.what, megabytes(entry.size), f"{datetime.fromtimestamp(entry.used):%F %R}",
                 entry.name)
                for entry in entries
            ],
            ("what", "size", "last used", "entry"),
        ))
    total = megabytes(sum(entry.size for entry in entries))
    others = megabytes(cache.other())
    print(f"{cache.root}: {len(entries)} entries, {total}; {others} of runs and unfinished builds")
    return 0


def megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
