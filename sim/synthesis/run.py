"""Synthesizes a configuration, to find its clock and its cells."""

import logging
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from convolith.model.options.config import ArrayConfig
from convolith.sim.synthesis.block import block_rtlil, placeable_rtlil
from convolith.sim.synthesis.path import Step, critical_path
from convolith.sim.synthesis.target import CONSTRAINTS, Target
from convolith.sim.synthesis.tools import Tool, end_all, nextpnr, yosys

__all__ = ["Placed", "Synthesis", "synthesize"]

log = logging.getLogger(__name__)

ASKED_MHZ = "250"  # more than is possible, so that the placer does its best


@dataclass(frozen=True)
class Placed:
    """The clock with one seed of the placer."""

    seed: int
    fmax_mhz: float
    path: list[Step]


@dataclass(frozen=True, kw_only=True)
class Synthesis:
    """The result for a block on a part.

    ``cells``: the cells of the block alone, by Yosys' names. ``placed``: a clock per seed; empty
    for a part without a placer.
    """

    block: str
    config: ArrayConfig
    target: Target
    cells: dict[str, int]
    versions: dict[str, str]
    wall_s: float
    placed: list[Placed] = field(default_factory=list)

    @property
    def fmax_mhz(self) -> float | None:
        """The median of the clocks over the seeds."""
        return median(run.fmax_mhz for run in self.placed) if self.placed else None

    @property
    def typical(self) -> Placed | None:
        """The result of the median seed, or of the slower one of the two in the middle."""
        placed = sorted(self.placed, key=lambda run: run.fmax_mhz)
        return placed[(len(placed) - 1) // 2] if placed else None

    @property
    def counts(self) -> dict[str, int]:
        """Cells by kind."""
        return self.target.counts(self.cells)

    @property
    def unit(self) -> str:
        """The name of the unit for which LUTs are counted."""
        return "lane" if self.block == "lane" else "multiplier"

    @property
    def units(self) -> int:
        """The number of units."""
        return 1 if self.block == "lane" else self.config.multipliers

    @property
    def lut4_per_unit(self) -> float:
        """LUT4s per unit, those included that carry cells replace."""
        counts = self.counts
        luts = counts["lut4"] + self.target.carry_luts * counts["carry"]
        return luts / self.units


def synthesize(
    block: str, config: ArrayConfig, target: Target, seeds: Sequence[int] = (1, 2, 3)
) -> Synthesis:
    """Synthesizes the block, and places and routes it once per seed, in parallel.

    Raises
    ------
    SynthesisError
        If a tool is missing, or fails (even silently); or if the block does not fit the part, where
        `check_capacity` has not noticed.
    """
    began = perf_counter()
    tools = [yosys(), *([nextpnr(target.placer)] if target.placer else [])]
    for tool in tools:
        tool.prepare()
    with (
        TemporaryDirectory() as name,
        ThreadPoolExecutor(os.cpu_count()) as pool,
        _ended_together(pool),
    ):
        folder = Path(name)
        log.info("synthesizing the %s of %s for %s", block, config.shape, target.name)
        alone = pool.submit(_cells, tools[0], block, config, target, folder)
        placed = []
        if target.placer:
            netlist = pool.submit(_netlist, tools[0], block, config, target, folder).result()
            runs = [pool.submit(_place, tools[1], netlist, target, seed) for seed in seeds]
            for run in as_completed(runs):
                placed.append(run.result())
                log.info("seed %d: %.1f MHz", placed[-1].seed, placed[-1].fmax_mhz)
        cells = alone.result()
    return Synthesis(
        block=block, config=config, target=target, cells=cells,
        placed=sorted(placed, key=lambda run: run.seed),
        versions={tool.package: tool.version for tool in tools},
        wall_s=perf_counter() - began,
    )


@contextmanager
def _ended_together(pool: ThreadPoolExecutor) -> Iterator[None]:
    """If one task fails, or Ctrl-C comes, the others are ended and not waited for."""
    try:
        yield
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        end_all()
        raise


def _cells(
    tool: Tool, block: str, config: ArrayConfig, target: Target, folder: Path
) -> dict[str, int]:
    (folder / "alone.il").write_text(block_rtlil(block, config, target))
    script = f"read_rtlil alone.il; {target.synth} -top {block}; tee -q -o alone.json stat -json"
    tool.run(["-q", "-p", script], folder, "alone.json")
    design = tool.result(folder / "alone.json")["design"]
    # Without Yosys' internal cells, and without our modules, which some parts' scripts keep.
    cells = design["num_cells_by_type"].items()
    return {name: n for name, n in cells if not name.startswith("$") and "." not in name}


def _netlist(tool: Tool, block: str, config: ArrayConfig, target: Target, folder: Path) -> Path:
    (folder / CONSTRAINTS).write_text(target.constraints)
    (folder / "pins.il").write_text(placeable_rtlil(block, config, target))
    script = f"read_rtlil pins.il; {target.synth} -top pins -json pins.json"
    tool.run(["-q", "-p", script], folder, "pins.json")
    return folder / "pins.json"


def _place(tool: Tool, netlist: Path, target: Target, seed: int) -> Placed:
    report = f"seed_{seed}.json"
    arguments = ["--json", netlist.name, "--report", report, "--seed", str(seed), "--quiet",
                 "--freq", ASKED_MHZ, "--timing-allow-fail", *target.arguments]
    tool.run(arguments, netlist.parent, report)
    found = tool.result(netlist.parent / report)
    (clock,) = found["fmax"].values()
    return Placed(seed, clock["achieved"], critical_path(found))
