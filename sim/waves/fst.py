"""Writes a waveform as FST, by GTKWave's own library."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import convolith
from convolith.model.arrays import Ints
from convolith.sim.waves.changes import Changes, Key
from convolith.sim.waves.variables import Group
from convolith.sim.waves.writer import PERIOD_NS, TOP

__all__ = ["FstWriter", "check_fst"]

NANOSECONDS = -9
MODULE, WIRE, NO_DIRECTION = 0, 16, 0  # of the library's enumerations


def check_fst() -> None:
    """Refuses FST where its library is missing.

    Raises
    ------
    ValueError
        Saying how to install it.
    """
    if find_spec("pylibfst") is None:
        raise ValueError(
            "a waveform in FST needs the package pylibfst: pip install 'convolith[fst]'"
        )


class FstWriter:
    """An FST file, as `VcdWriter` writes VCD.

    Raises
    ------
    OSError
        If the file cannot be written.
    """

    def __init__(self, path: Path):
        from pylibfst import ffi, lib

        self.lib = lib
        self.context = lib.fstWriterCreate(str(path).encode(), 1)
        if self.context == ffi.NULL:
            raise OSError(None, "the file cannot be opened", str(path))
        self.handles: dict[Key, Any] = {}
        self.bits: dict[Key, int] = {}
        self.changes = Changes()
        self.end: int | None = None

    def begin(self, groups: Sequence[Group]) -> None:
        from pylibfst import ffi

        lib, context = self.lib, self.context
        lib.fstWriterSetVersion(context, f"Convolith {convolith.__version__}".encode())
        lib.fstWriterSetTimescale(context, NANOSECONDS)

        def declare(name: str, bits: int) -> Any:
            text = name + (f" [{bits - 1}:0]" if bits > 1 else "")
            return lib.fstWriterCreateVar(context, WIRE, NO_DIRECTION, bits, text.encode(), 0)

        lib.fstWriterSetScope(context, MODULE, TOP.encode(), ffi.NULL)
        self.clock = declare("clk", 1)
        for group in groups:
            lib.fstWriterSetScope(context, MODULE, group.scope.encode(), ffi.NULL)
            for variable in group.variables:
                key = group.scope, variable.name
                self.handles[key] = declare(variable.name, variable.bits)
                self.bits[key] = variable.bits
            lib.fstWriterSetUpscope(context)
        lib.fstWriterSetUpscope(context)

    def add(self, first: int, values: Mapping[Key, Ints]) -> None:
        changes, lib, context = self.changes.of(values), self.lib, self.context
        for place, changed in enumerate(changes):
            time = (first + place) * PERIOD_NS
            lib.fstWriterEmitTimeChange(context, time)
            lib.fstWriterEmitValueChange(context, self.clock, b"1")
            for key, number in changed:
                bits = self.bits[key]
                text = f"{number & (1 << bits) - 1:0{bits}b}".encode()
                lib.fstWriterEmitValueChange(context, self.handles[key], text)
            lib.fstWriterEmitTimeChange(context, time + PERIOD_NS // 2)
            lib.fstWriterEmitValueChange(context, self.clock, b"0")
        self.end = (first + len(changes)) * PERIOD_NS

    def close(self) -> None:
        if self.end is not None:
            self.lib.fstWriterEmitTimeChange(self.context, self.end)
        self.lib.fstWriterClose(self.context)
