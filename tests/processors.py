"""Compilers for other processors than this one."""

import platform

from convolith.sim.engines.native.toolchain import Toolchain

__all__ = ["for_an_older_processor"]

OLDER = {"x86_64": "-march=x86-64", "aarch64": "-march=armv8-a"}


def for_an_older_processor() -> str:
    """The compiler, with an option for one that has less than this machine's, but runs on it."""
    return f"{Toolchain.find().compiler[0]} {OLDER[platform.machine()]}"
