"""Synthesized netlists as simulators."""

import json
import logging
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import convolith.sim.synthesis
from convolith.hw.name import NAME
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.simulator import BuildError
from convolith.sim.engines.native.cache import Cache, digest, file_digest
from convolith.sim.engines.native.verilog import hardware_digest
from convolith.sim.engines.played.icarus import check_icarus
from convolith.sim.synthesis.capacity import check_capacity
from convolith.sim.synthesis.netlist import netlist
from convolith.sim.synthesis.target import Target
from convolith.sim.synthesis.tools import SynthesisError, yosys

__all__ = ["cached_netlist", "check_netlists", "netlist_refusal"]

log = logging.getLogger(__name__)


def check_netlists() -> None:
    """Whether the tools are there that make netlists, and that run them.

    Raises
    ------
    BuildError
        If not.
    """
    check_icarus()
    try:
        yosys()
    except SynthesisError as error:
        raise BuildError(str(error)) from error


def netlist_refusal(config: ArrayConfig, target: Target) -> str:
    """Why there is no netlist of a core for a part; empty: there is one."""
    if config.post_lanes and target.pairs:
        return f"the products of the lanes do not fit the multipliers of {target.name}"
    if config.post_lanes and target.netlist:
        return f"Icarus runs some 40 cycles per second of a netlist of {target.name} with lanes"
    try:
        check_capacity("core", config, target)
    except ValueError as error:
        return str(error)
    return ""


def cached_netlist(config: ArrayConfig, target: Target, cache: Cache) -> str:
    """The netlist of a core with memories as Verilog: from the cache, or synthesized.

    Raises
    ------
    BuildError
        If Yosys is missing, or fails.
    """
    check_netlists()
    folder = Path(next(iter(convolith.sim.synthesis.__path__)))
    sources = [*sorted(folder.glob("*.py")), *sorted(folder.glob("cells/*.v"))]
    key = digest(
        hardware_digest(config), json.dumps(asdict(config)), target.name, yosys().version,
        *map(file_digest, sources),
    )

    def make(place: Path) -> None:
        log.info("synthesizing the core %s for %s", config.shape, target.name)
        with TemporaryDirectory(dir=place) as work:
            try:
                netlist(config, target, Path(work)).rename(place / f"{NAME}.v")
            except SynthesisError as error:
                raise BuildError(str(error)) from error

    what = f"{config.shape} netlist, {target.name}"
    return (cache.get(f"verilog-{key}", what, make) / f"{NAME}.v").read_text()
