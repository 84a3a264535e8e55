"""The built library, as Python calls it."""

import ctypes
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import numpy as np

from convolith.model.arrays import Bytes
from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Stream
from convolith.model.options.units import memories, outputs
from convolith.sim.engines.contract.environment import Activity, lost_write, stray_read
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.contract.probe import Recorder, probes
from convolith.sim.engines.native.kind import FAST, Kind
from convolith.sim.engines.native.verilog import is_gated

__all__ = ["Library", "Samples", "Simulation"]

ROOM = 1 << 22
"""Bytes of samples, at most, between two looks at Python."""


class WordsStruct(ctypes.Structure):
    """The struct Words of harness.cpp."""

    _fields_ = (
        ("bytes", ctypes.c_void_p),
        ("count", ctypes.c_int64),
        ("first", ctypes.c_int64),
        ("end", ctypes.c_int64),
    )


class StepStruct(ctypes.Structure):
    """The struct Step of harness.cpp."""

    _fields_ = (
        ("layer", ctypes.c_char_p),
        ("memories", ctypes.POINTER(WordsStruct)),
        ("rows", ctypes.c_void_p),
        ("row_cycles", ctypes.c_void_p),
        ("most_rows", ctypes.c_int64),
        ("row_bytes", ctypes.c_int64),
        ("last_bit", ctypes.c_int64),
    )


class Options(ctypes.Structure):
    """The struct Options of harness.cpp."""

    _fields_ = (
        ("waves", ctypes.c_char_p),
        ("from_cycle", ctypes.c_int64),
        ("to_cycle", ctypes.c_int64),
        ("fault_cycle", ctypes.c_int64),
        ("fault_row", ctypes.c_int64),
        ("fault_col", ctypes.c_int64),
        ("fault_mask", ctypes.c_uint64),
        ("samples", ctypes.c_void_p),
        ("most_samples", ctypes.c_int64),
        ("first_sample", ctypes.c_int64),
        ("last_sample", ctypes.c_int64),
        ("percent", ctypes.c_int64),
        ("scrambled", ctypes.c_int64),
        ("seed", ctypes.c_uint64),
        ("mutant", ctypes.c_uint64),
    )


class ActivityStruct(ctypes.Structure):
    """The struct Activity of harness.cpp."""

    _fields_ = (
        ("ready", ctypes.c_int64),
        ("lanes_active", ctypes.c_int64),
        ("reads", ctypes.POINTER(ctypes.c_int64)),
        ("stray_memory", ctypes.c_int64),
        ("stray_address", ctypes.c_int64),
        ("stray_cycle", ctypes.c_int64),
        ("lost_memory", ctypes.c_int64),
        ("lost_address", ctypes.c_int64),
    )


class Samples:
    """Room for the probes of some cycles, from which a recorder gets them.

    Parameters
    ----------
    config : ArrayConfig
    recorder : Recorder
    """

    def __init__(self, config: ArrayConfig, recorder: Recorder):
        self.recorder, self.window = recorder, recorder.window
        self.places: dict[str, slice] = {}
        first = 0
        for probe in probes(config):
            size = _bytes(probe.width)
            self.places[probe.path] = slice(first, first + size)
            first += size
        self.room = np.zeros((max(1, ROOM // first), first), dtype=np.uint8)
        self.next = max(1, self.window[0])

    def flush(self, count: int) -> None:
        """Hands over the cycles that were sampled."""
        words = {path: self.room[:count, place] for path, place in self.places.items()}
        self.recorder.take(self.next, words)
        self.next += count


def _bytes(bits: int) -> int:
    """Of a signal in Verilator's C++: 1, 2, 4, 8, or some times 4."""
    for size in (1, 2, 4, 8):
        if bits <= 8 * size:
            return size
    return -(-bits // 32) * 4


class Library:
    """A core's code.

    Parameters
    ----------
    path : Path
    config : ArrayConfig
        The array for which it was built.
    kind : Kind
        What it was built for.

    Attributes
    ----------
    memories : tuple of str
        Its memories, in their order.
    sizes : dict of int
        The bytes of a word at its ports, by name: of each memory, of each stream that leaves, and
        of the registers (``layer``).
    """

    def __init__(self, path: Path, config: ArrayConfig, kind: Kind = FAST):
        self.calls = ctypes.CDLL(str(path))
        for name, result, arguments in (
            ("begin", ctypes.c_void_p, [ctypes.POINTER(Options)]),
            ("start", None, [ctypes.c_void_p, ctypes.POINTER(StepStruct)]),
            ("advance", ctypes.c_int, [ctypes.c_void_p, ctypes.c_int64]),
            ("finish", ctypes.c_int, [ctypes.c_void_p, ctypes.c_int64]),
            ("cycle", ctypes.c_int64, [ctypes.c_void_p]),
            ("count", ctypes.c_int64, [ctypes.c_void_p]),
            ("sampled", ctypes.c_int64, [ctypes.c_void_p]),
            ("end", None, [ctypes.c_void_p]),
            ("sizes", None, [ctypes.POINTER(ctypes.c_int64)]),
        ):
            call = getattr(self.calls, f"convolith_{name}")
            call.restype, call.argtypes = result, arguments
        if kind.tested:
            self.calls.convolith_reset.restype = None
            self.calls.convolith_reset.argtypes = [ctypes.c_void_p]
            self.calls.convolith_settle.restype = None
            self.calls.convolith_settle.argtypes = [
                ctypes.c_void_p, ctypes.POINTER(ActivityStruct)
            ]
        self.memories = tuple(memories(config))
        self.gated = is_gated(config, observed=kind.observed)
        streams = (output.name for output in outputs(config) if isinstance(output, Stream))
        names = ("layer", *self.memories, *streams)
        sizes = (ctypes.c_int64 * len(names))()
        self.calls.convolith_sizes(sizes)
        self.sizes = dict(zip(names, sizes, strict=True))


class Simulation:
    """A core under way; as a context manager it frees it at the end.

    Parameters
    ----------
    library : Library
    samples : Samples, optional
        Where an observed core's probes go.
    **options : int or bytes
        Of the struct Options. For an observed core: waves, from_cycle, to_cycle, fault_...; for a
        tested one: percent, scrambled, seed; mutant, if it has some.
    """

    def __init__(
        self, library: Library, samples: Samples | None = None, **options: int | bytes
    ):
        self.calls, self.memories = library.calls, library.memories
        self.gated = library.gated
        if samples:
            options |= {
                "samples": samples.room.ctypes.data, "most_samples": len(samples.room),
                "first_sample": samples.window[0], "last_sample": samples.window[1],
            }
        self.samples = samples
        # It holds the path's bytes, which are read later.
        self.options = Options(**{"fault_cycle": -1, "percent": 100, **options})
        self.handle = self.calls.convolith_begin(ctypes.byref(self.options))

    def start(
        self, layer: bytes, words: Mapping[str, Bytes], reads: Mapping[str, range], *, most: int,
        size: int, last_bit: int,
    ) -> None:
        """Puts words into the memories and starts a layer.

        Parameters
        ----------
        layer : bytes
            The registers.
        words : dict of uint8 arrays, (words, bytes)
            Of each memory that has words.
        reads : dict of range
            Of each memory the addresses that the layer may read.
        most, size, last_bit : int
            Rows of sums, or words of activations, to be taken at most; their bytes; which of their
            bits says that it is the last.
        """
        # Read and written through their addresses: they must stay until the next start.
        self.rows = np.zeros((most, size), dtype=np.uint8)
        self.row_cycles = np.zeros(most, dtype=np.int64)
        filled = (WordsStruct * len(self.memories))()
        for place, name in enumerate(self.memories):
            if name in words:
                filled[place].bytes, filled[place].count = words[name].ctypes.data, len(words[name])
            filled[place].first, filled[place].end = reads[name].start, reads[name].stop
        self.inputs, self.reads = (layer, words, filled), reads
        step = StepStruct(
            layer=layer,
            memories=filled,
            rows=self.rows.ctypes.data,
            row_cycles=self.row_cycles.ctypes.data,
            most_rows=most,
            row_bytes=size,
            last_bit=last_bit,
        )
        self.calls.convolith_start(self.handle, ctypes.byref(step))

    def advance(self, limit: int) -> bool:
        """Runs to the end of cycle ``limit``; True if the layer ended before.

        It may come back before, when there is no more room for samples.

        Raises
        ------
        OSError
            If the waveform cannot be written.
        """
        ended = bool(self.checked(self.calls.convolith_advance(self.handle, limit)))
        if self.samples and (count := self.calls.convolith_sampled(self.handle)):
            self.samples.flush(count)
        return ended

    def reset(self) -> None:
        """Resets a tested core for a cycle; cycles count from the beginning again."""
        self.calls.convolith_reset(self.handle)

    def settle(self) -> Activity:
        """Goes on until the core takes the next layer, in cycles that do not count.

        Raises
        ------
        SimulationError
            If it does not, or has read a word that is not the layer's, or written beyond a memory.
        """
        reads = (ctypes.c_int64 * len(self.memories))()
        found = ActivityStruct(reads=reads)
        self.calls.convolith_settle(self.handle, ctypes.byref(found))
        if found.stray_memory >= 0:
            memory = self.memories[found.stray_memory]
            raise stray_read(
                memory, found.stray_address, self.reads[memory], found.stray_cycle
            )
        if found.lost_memory >= 0:
            memory = self.memories[found.lost_memory]
            raise lost_write(memory, found.lost_address, len(self.inputs[1][memory]))
        if not found.ready:
            raise SimulationError("after its end the layer keeps the next one out")
        return Activity(
            ready=found.ready, reads=dict(zip(self.memories, reads, strict=True)),
            lanes_active=found.lanes_active if self.gated else None,
        )

    def finish(self, cycles: int) -> int:
        """Completes the waveform, and goes on for so many cycles: the rows that still came.

        Those that came between two steps are among them.

        Raises
        ------
        OSError
            If the waveform cannot be written.
        """
        return self.checked(self.calls.convolith_finish(self.handle, cycles))

    @staticmethod
    def checked(status: int) -> int:
        if status < 0:
            raise OSError(-status, os.strerror(-status))
        return status

    @property
    def cycle(self) -> int:
        """The last cycle that was simulated; counts on from step to step."""
        return self.calls.convolith_cycle(self.handle)

    @property
    def count(self) -> int:
        """What has come since the start."""
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
