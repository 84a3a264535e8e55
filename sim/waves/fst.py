"""Writes a waveform as FST, by GTKWave's own library."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

import convolith
from convolith.model.arrays import Ints
from convolith.sim.waves.variables import Group, Variable
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
        self.handles: dict[tuple[str, str], Any] = {}
        self.variables: dict[tuple[str, str], Variable] = {}
        self.before: dict[tuple[str, str], int] = {}
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
                self.variables[key] = variable
            lib.fstWriterSetUpscope(context)
        lib.fstWriterSetUpscope(context)

    def add(self, first: int, values: Mapping[tuple[str, str], Ints]) -> None:
        count = len(next(iter(values.values())))
        changes: list[list[tuple[Any, bytes]]] = [[] for _ in range(count)]
        for key, numbers in values.items():
            bits, handle = self.variables[key].bits, self.handles[key]
            places = (np.flatnonzero(np.diff(numbers)) + 1).tolist()
            if self.before.get(key) != int(numbers[0]):
                places.insert(0, 0)
            mask = (1 << bits) - 1
            for place, number in zip(places, numbers[places].tolist(), strict=True):
                changes[place].append((handle, f"{number & mask:0{bits}b}".encode()))
            self.before[key] = int(numbers[-1])
        lib, context = self.lib, self.context
        for place, texts in enumerate(changes):
            time = (first + place) * PERIOD_NS
            lib.fstWriterEmitTimeChange(context, time)
            lib.fstWriterEmitValueChange(context, self.clock, b"1")
            for handle, text in texts:
                lib.fstWriterEmitValueChange(context, handle, text)
            lib.fstWriterEmitTimeChange(context, time + PERIOD_NS // 2)
            lib.fstWriterEmitValueChange(context, self.clock, b"0")
        self.end = (first + count) * PERIOD_NS

    def close(self) -> None:
        if self.end is not None:
            self.lib.fstWriterEmitTimeChange(self.context, self.end)
        self.lib.fstWriterClose(self.context)
