"""The built library, as Python calls it."""

import ctypes
import os
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

__all__ = ["Library", "Simulation"]

Bytes = NDArray[np.uint8]


class Job(ctypes.Structure):
    """harness.cpp's struct of that name."""

    _fields_ = (
        ("layer", ctypes.c_void_p),
        ("act", ctypes.c_void_p),
        ("act_words", ctypes.c_int64),
        ("weight", ctypes.c_void_p),
        ("weight_words", ctypes.c_int64),
        ("rows", ctypes.c_void_p),
        ("row_cycles", ctypes.c_void_p),
        ("most_rows", ctypes.c_int64),
        ("last_bit", ctypes.c_int64),
        ("waves", ctypes.c_char_p),
        ("from_cycle", ctypes.c_int64),
        ("to_cycle", ctypes.c_int64),
        ("fault_cycle", ctypes.c_int64),
        ("fault_row", ctypes.c_int64),
        ("fault_col", ctypes.c_int64),
        ("fault_mask", ctypes.c_uint64),
    )


class Library:
    """A core's code. ``layer_size``, ... are the bytes of a word at its ports."""

    def __init__(self, path: Path):
        self.calls = ctypes.CDLL(str(path))
        for name, result, arguments in (
            ("start", ctypes.c_void_p, [ctypes.POINTER(Job)]),
            ("advance", ctypes.c_int, [ctypes.c_void_p, ctypes.c_int64]),
            ("cycle", ctypes.c_int64, [ctypes.c_void_p]),
            ("count", ctypes.c_int64, [ctypes.c_void_p]),
            ("end", None, [ctypes.c_void_p]),
            ("sizes", None, [ctypes.POINTER(ctypes.c_int64)]),
        ):
            call = getattr(self.calls, f"convolith_{name}")
            call.restype, call.argtypes = result, arguments
        sizes = (ctypes.c_int64 * 4)()
        self.calls.convolith_sizes(sizes)
        self.layer_size, self.act_size, self.weight_size, self.row_size = sizes


class Simulation:
    """A layer under way; as a context manager it frees the core at the end.

    Parameters
    ----------
    library : Library
    layer : bytes
        The registers, ``layer_size`` of them.
    act, weight : uint8 arrays, (words, act_size) and (words, weight_size)
    most_rows : int
        Rows of sums to be taken at most.
    last_bit : int
        Which bit of a row says that it is the last.
    **observed : int or bytes
        For an observed core: waves, from_cycle, to_cycle, fault_...
    """

    def __init__(
        self,
        library: Library,
        layer: bytes,
        act: Bytes,
        weight: Bytes,
        most_rows: int,
        last_bit: int,
        **observed: int | bytes,
    ):
        self.calls = library.calls
        # Written to through their addresses: they must stay as long as the simulation.
        self.inputs = (layer, act, weight)
        self.rows = np.zeros((most_rows, library.row_size), dtype=np.uint8)
        self.row_cycles = np.zeros(most_rows, dtype=np.int64)
        self.job = Job(
            layer=ctypes.cast(ctypes.c_char_p(layer), ctypes.c_void_p),
            act=act.ctypes.data,
            act_words=len(act),
            weight=weight.ctypes.data,
            weight_words=len(weight),
            rows=self.rows.ctypes.data,
            row_cycles=self.row_cycles.ctypes.data,
            most_rows=most_rows,
            last_bit=last_bit,
            **{"fault_cycle": -1, **observed},
        )
        self.handle = self.calls.convolith_start(ctypes.byref(self.job))

    def advance(self, limit: int) -> bool:
        """Runs to the end of cycle ``limit``; True if the layer's last row came before.

        Raises
        ------
        OSError
            If the waveform cannot be written.
        """
        status = self.calls.convolith_advance(self.handle, limit)
        if status < 0:
            raise OSError(-status, os.strerror(-status))
        return bool(status)

    @property
    def cycle(self) -> int:
        """The last cycle that was simulated."""
        return self.calls.convolith_cycle(self.handle)

    @property
    def count(self) -> int:
        """Rows of sums that have come."""
        return self.calls.convolith_count(self.handle)

    def __enter__(self) -> "Simulation":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.calls.convolith_end(self.handle)
