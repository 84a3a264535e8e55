"""``convolith bench``: the simulators side by side."""

import argparse
import logging
from dataclasses import replace
from pathlib import Path

from convolith.model.networks.network import choose_layers, read_network
from convolith.model.options.config import ArrayConfig
from convolith.sim.benchmark.measure import (
    VARIANTS,
    Speed,
    measure_build,
    measure_networks,
    measure_speed,
)
from convolith.sim.benchmark.page import page
from convolith.sim.benchmark.scalesim import check_scalesim, run_scalesim
from convolith.sim.commands.errors import checked
from convolith.sim.commands.options import file_path, folder
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.report.files import OutputFiles

__all__ = ["add_parser", "main"]

log = logging.getLogger(__name__)

FLAT, DEEP = ArrayConfig(rows=16, cols=16), ArrayConfig(rows=8, cols=8, dot=4)
SMALL_LAYERS = ("resnet18", ["Conv3_s", "Conv4_s"])  # minutes on Amaranth's simulator
MIDDLE_LAYER = ("resnet50", ["CB2a_2"])
DEEP_LANES = replace(DEEP, post_lanes=4)
NETWORKS = [
    ("resnet50", DEEP), ("resnet50", DEEP_LANES),
    ("resnet50", FLAT), ("resnet50", replace(FLAT, post_lanes=8)),
    ("mobilenet", DEEP), ("mobilenet", DEEP_LANES), ("vgg16", DEEP_LANES),
]
JOBS, ROUNDS = 2, 3


def add_parser(commands) -> None:
    parser = commands.add_parser(
        "bench",
        help="measure the simulators side by side",
        description="Measures the native simulator beside Amaranth's and SCALE-Sim v3, and writes "
        "what it found as a page. It takes about twenty minutes; nothing else should be running.",
        epilog="examples:\n  make bench\n  convolith bench --scalesim-python "
        ".venv-scalesim/bin/python --out docs/benchmarks.md",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(main=main)
    parser.add_argument("--scalesim-python", type=file_path, required=True, metavar="PYTHON",
                        help="of an environment with scalesim==3.0.0 and numpy<2")
    parser.add_argument("--networks", type=folder, default=Path("examples/networks"),
                        metavar="DIR", help="the tables (default: examples/networks)")
    parser.add_argument("--out", type=file_path, default=Path("docs/benchmarks.md"), metavar="F.md",
                        help="the page (default: docs/benchmarks.md)")


def main(args: argparse.Namespace) -> int:
    def layers(network: str, names: list[str]):
        return choose_layers(read_network(args.networks / f"{network}.csv"), ",".join(names))

    with checked():
        small, middle = layers(*SMALL_LAYERS), layers(*MIDDLE_LAYER)
        check_scalesim(args.scalesim_python)
        outputs = OutputFiles()
    with outputs:
        with checked():
            out = outputs.add(args.out)
        native = VerilatorSimulator()
        native.prepare(FLAT)
        rivals = {}
        log.info("SCALE-Sim: about 20 s")
        taken, wall_s = run_scalesim(args.scalesim_python, FLAT, small)
        rivals["SCALE-Sim 3.0.0"] = Speed(taken, wall_s, 0)
        log.info("Amaranth's simulator: about 5 minutes")
        rivals["Amaranth"] = measure_speed(AmaranthSimulator(), FLAT, small, 1)
        log.info("Verilator")
        rivals["Verilator"] = measure_speed(native, FLAT, small, 21)
        speeds = {
            config.shape: measure_speed(native, config, middle, 5) for config in (FLAT, DEEP)
        }
        log.info("whole networks: about 8 minutes")
        paths = [(args.networks / f"{name}.csv", config) for name, config in NETWORKS]
        networks = measure_networks(paths, JOBS, ROUNDS)
        builds = []
        for config, variants in ((DEEP, VARIANTS), (FLAT, VARIANTS)):
            for variant in variants:
                log.info("a build of %s, %s", config.shape, variant)
                builds.append(measure_build(config, variant, middle, 5))
        names = f"{SMALL_LAYERS[0]}'s {' and '.join(SMALL_LAYERS[1])}"
        with checked():
            out.write_text(page(names, rivals, speeds, networks, builds))
    print(f"written: {args.out}")
    return 0
