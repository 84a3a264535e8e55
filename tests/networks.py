"""A small network and what tests need to run it."""

import json

from convolith.model.networks.network import read_network
from convolith.model.options.config import ArrayConfig
from convolith.sim.commands.cli import main
from convolith.sim.network.plan import plan, wide_enough

HEADER = "layer,in_channels,out_channels,in_h,in_w,kernel_h,kernel_w,stride,padding,groups\n"
TABLE = HEADER + (
    "stem,3,8,17,13,3,3,2,1,1\n"
    "deep,8,8,9,7,3,3,1,1,8\n"
    "wide,8,30,9,7,1,1,1,0,1\n"
    "long,12,40,9,9,3,3,1,1,1\n"
)
NAMES = ["stem", "deep", "wide", "long"]
CONFIG = ArrayConfig(rows=2, cols=3, dot=2, act_bits=7, weight_bits=8)
GEOMETRY = ["--rows", "2", "--cols", "3", "--dot", "2"]
ARRAY = [*GEOMETRY, "--act-bits", "7", "--sums"]


def small_network(folder, batch=1):
    """The table as a file in ``folder``, its layers, and a configuration that reaches them all."""
    path = folder / "net.csv"
    path.write_text(TABLE)
    layers = read_network(path, batch=batch)
    return path, layers, wide_enough(CONFIG, layers)


def small_tasks(folder, **options):
    _, layers, config = small_network(folder)
    return plan(config, layers, 5, **options)


def network(*words):
    """``convolith network`` on the table in the working directory; its exit status."""
    return main(["network", "net.csv", *ARRAY, *words])


def report(folder):
    """What ``--json r.json`` wrote."""
    return json.loads((folder / "r.json").read_text())
