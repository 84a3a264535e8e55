"""The page with the measurements, as Markdown."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

import convolith
from convolith.sim.benchmark.measure import Build, Network, Speed
from convolith.sim.engines.native.toolchain import Toolchain

__all__ = ["page"]

INTRODUCTION = (
    "`make bench` prints this page. It takes the measurements in one run, one after the other. "
    "Ratios carry over to other machines; seconds do not."
)
RIVALS = (
    "Each simulator runs the same layers ({}) on one core. Start and builds are not included. "
    "SCALE-Sim's cycles are all cycles that it reports, including stalls; it computes no values. "
    "Amaranth's cycles include loading the memories. Convolith's results were compared with "
    "PyTorch."
)
NETWORKS = (
    "These are the times of the whole command `convolith network examples/networks/NAME.csv "
    "--rows R --cols C --dot D --jobs 2`, with the core already built. Rows without lanes have "
    "`--sums`. Each command ran three times, in turn; the table shows the run with the median "
    "time. Every output equals PyTorch's, and every cycle count equals the model's. `simulation` "
    "is the time in the simulator. `other` is the time for random numbers, packing, PyTorch and "
    "the comparison. Both are sums over the workers. Memory is the sum over all processes of the "
    "largest size of each."
)
COLUMNS = ("network", "array", "gives", "layers", "GMAC", "cycles", "equal", "wall", "simulation",
           "other", "MiB")
LAYER = (
    "The layer is a 3x3 convolution from 64 to 64 channels at 56x56 (ResNet-50's CB2a_2). Each "
    "figure is the median of 5 runs."
)
BUILDS = (
    "A build begins with an empty cache: it writes the Verilog, and runs Verilator (`-O3`) and the "
    "compiler on all cores. It includes Verilator's runtime. `as it is` means arrays of registers "
    "and loops over them (docs/simulation.md), `-O3`, code for this very processor, and sign "
    "extension as shifts. `no loops`: a statement for each PE, as Verilator writes it."
)


def page(
    layers: str,
    rivals: dict[str, Speed],
    speeds: dict[str, Speed],
    networks: Sequence[Network],
    builds: Sequence[Build],
) -> str:
    """docs/benchmarks.md; ``rivals`` ends with the native simulator, on the same layers."""
    lines = [
        "# Benchmarks",
        "",
        INTRODUCTION,
        "",
        *_machine(),
        "",
        "## Simulated cycles per second, 16x16x1",
        "",
        RIVALS.format(layers),
        "",
        "| simulator | cycles | seconds | cycles/s | Verilator is faster by |",
        "|---|---:|---:|---:|---:|",
    ]
    *_, native = rivals.values()
    for name, speed in rivals.items():
        ratio = native.cycles_per_s / speed.cycles_per_s
        lines.append(
            f"| {name} | {speed.cycles:,} | {speed.wall_s:.3f} | {speed.cycles_per_s:,.0f} "
            f"| {ratio:,.0f}x |"
        )
    lines += [
        "", "## Multiply-accumulates per second, one core", "",
        LAYER, "",
        "| array | cycles/s | million MAC/s |", "|---|---:|---:|",
    ]
    for name, speed in speeds.items():
        lines.append(f"| {name} | {speed.cycles_per_s:,.0f} | {speed.macs_per_s / 1e6:,.0f} |")
    lines += [
        "", "## Whole networks", "",
        NETWORKS, "",
        f"| {' | '.join(COLUMNS)} |",
        "|---|---|---|---:|---:|---:|---|---:|---:|---:|---:|",
    ]
    for network in networks:
        total = network.report["total"]
        exact = total["equal"] and total["cycles"] == total["model_cycles"]
        lines.append(
            f"| {network.name} | {network.array} | {_gives(network)} | {total['layers']} "
            f"| {total['macs'] / 1e9:.2f} | {total['cycles']:,} | {'yes' if exact else 'NO'} "
            f"| {network.wall_s:.1f} s | {total['simulation_s']:.1f} s | {total['other_s']:.1f} s "
            f"| {network.memory_mib:,.0f} |"
        )
    lines += _ratios(networks)
    lines += [
        "", "## Building a core, and what the flags gain", "",
        BUILDS, "",
        "| array | core compiled with | build | cycles/s |", "|---|---|---:|---:|",
    ]
    for build in builds:
        lines.append(
            f"| {build.array} | {build.variant} | {build.wall_s:.1f} s "
            f"| {build.speed.cycles_per_s:,.0f} |"
        )
    return "\n".join([*lines, ""])


def _gives(network: Network) -> str:
    return f"bytes, {network.lanes} lanes" if network.lanes else "sums"


def _ratios(networks: Sequence[Network]) -> list[str]:
    """What requantization costs, where both were measured."""
    plain = {(n.name, n.array): n.wall_s for n in networks if not n.lanes}
    pairs = [n for n in networks if n.lanes and (n.name, n.array) in plain]
    return ["", *(
        f"* {n.name} on {n.array}: bytes take {n.wall_s / plain[n.name, n.array]:.2f} times as "
        "long as sums"
        for n in pairs
    )]


def _machine() -> list[str]:
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0].partition(":")[2].strip() if names else cpu
    return [
        f"* machine: {os.cpu_count()} cores, {cpu}, {platform.system()}",
        f"* Convolith {convolith.__version__}, Python {platform.python_version()}",
        f"* {Toolchain.find().versions}",
    ]
