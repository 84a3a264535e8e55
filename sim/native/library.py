"""The built library, as Python calls it."""

import ctypes
import os
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

__all__ = ["Library", "Simulation"]

Bytes = NDArray[np.uint8]


class LoadStruct(ctypes.Structure):
    """harness.cpp's struct Load."""

    _fields_ = (
        ("layer", ctypes.c_void_p),
        ("act", ctypes.c_void_p),
        ("act_words", ctypes.c_int64),
        ("weight", ctypes.c_void_p),
        ("weight_words", ctypes.c_int64),
        ("bias", ctypes.c_void_p),
        ("bias_words", ctypes.c_int64),
        ("rows", ctypes.c_void_p),
        ("row_cycles", ctypes.c_void_p),
        ("most_rows", ctypes.c_int64),
    )


class Options(ctypes.Structure):
    """Likewise."""

    _fields_ = (
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
            ("start", ctypes.c_void_p, [ctypes.POINTER(Options)]),
            ("load", None, [ctypes.c_void_p, ctypes.POINTER(LoadStruct)]),
            ("advance", ctypes.c_int, [ctypes.c_void_p, ctypes.c_int64]),
            ("finish", ctypes.c_int, [ctypes.c_void_p]),
            ("cycle", ctypes.c_int64, [ctypes.c_void_p]),
            ("count", ctypes.c_int64, [ctypes.c_void_p]),
            ("end", None, [ctypes.c_void_p]),
            ("sizes", None, [ctypes.POINTER(ctypes.c_int64)]),
        ):
            call = getattr(self.calls, f"convolith_{name}")
            call.restype, call.argtypes = result, arguments
        sizes = (ctypes.c_int64 * 5)()
        self.calls.convolith_sizes(sizes)
        self.layer_size, self.act_size, self.weight_size, self.row_size, self.bias_size = sizes


class Simulation:
    """A core under way; as a context manager it frees it at the end.

    Parameters
    ----------
    library : Library
    last_bit : int
        Which bit of a row says that it is the last.
    **observed : int or bytes
        For an observed core: waves, from_cycle, to_cycle, fault_...
    """

    def __init__(self, library: Library, last_bit: int, **observed: int | bytes):
        self.calls = library.calls
        self.row_size = library.row_size
        # It holds the path's bytes, which are read later.
        self.options = Options(last_bit=last_bit, **{"fault_cycle": -1, **observed})
        self.handle = self.calls.convolith_start(ctypes.byref(self.options))

    def load(
        self, layer: bytes, act: Bytes, weight: Bytes, bias: Bytes | None, most_rows: int
    ) -> None:
        """Puts words into the memories and starts a layer.

        Parameters
        ----------
        layer : bytes
            The registers, ``layer_size`` of them.
        act, weight, bias : uint8 arrays, (words, act_size) and so on
        most_rows : int
            Rows of sums to be taken at most.
        """
        # Written to and read through their addresses: they must stay until the next load.
        self.inputs = (layer, act, weight, bias)
        self.rows = np.zeros((most_rows, self.row_size), dtype=np.uint8)
        self.row_cycles = np.zeros(most_rows, dtype=np.int64)
        load = LoadStruct(
            layer=ctypes.cast(ctypes.c_char_p(layer), ctypes.c_void_p),
            act=act.ctypes.data,
            act_words=len(act),
            weight=weight.ctypes.data,
            weight_words=len(weight),
            bias=None if bias is None else bias.ctypes.data,
            bias_words=0 if bias is None else len(bias),
            rows=self.rows.ctypes.data,
            row_cycles=self.row_cycles.ctypes.data,
            most_rows=most_rows,
        )
        self.calls.convolith_load(self.handle, ctypes.byref(load))

    def advance(self, limit: int) -> bool:
        """Runs to the end of cycle ``limit``; True if the layer ended before.

        Raises
        ------
        OSError
            If the waveform cannot be written.
        """
        return bool(self.checked(self.calls.convolith_advance(self.handle, limit)))

    def finish(self) -> None:
        """Completes the waveform.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        self.checked(self.calls.convolith_finish(self.handle))

    @staticmethod
    def checked(status: int) -> int:
        if status < 0:
            raise OSError(-status, os.strerror(-status))
        return status

    @property
    def cycle(self) -> int:
        """The last cycle that was simulated; counts on from load to load."""
        return self.calls.convolith_cycle(self.handle)

    @property
    def count(self) -> int:
        """Rows of sums that have come since the load."""
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
