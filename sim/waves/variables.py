"""What a waveform shows: groups of variables, the same for both simulators."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Bytes, Ints
from convolith.model.compile.schedule import Schedule
from convolith.model.dataflow.cycles import MEMORY_LATENCY
from convolith.model.options.unit import Stream
from convolith.model.options.units import memories, outputs
from convolith.sim.engines.contract.probe import Probe, probes
from convolith.sim.waves.changes import Key
from convolith.sim.waves.loops import LoopVariables, loop_names

__all__ = ["Group", "Shown", "Variable"]

ROWS_SHOWN, COLS_SHOWN, LANES_SHOWN = 4, 4, 16
LAID_OUT = ("tile", "n", "oc", "ox", "oy", "ic", "kx", "ky")


@dataclass(frozen=True)
class Variable:
    """A variable of a waveform.

    Parameters
    ----------
    name : str
        Within its group.
    bits : int
    signed : bool
    """

    name: str
    bits: int
    signed: bool = False


@dataclass(frozen=True)
class Group:
    """Variables that belong together: a scope of the file.

    Parameters
    ----------
    scope : str
        Its name in the file.
    title : str
        What viewers show above it.
    color : str
        Of its variables: blue for inputs, orange for weights, green for outputs, or none.
    variables : tuple of Variable
    """

    scope: str
    title: str
    color: str
    variables: tuple[Variable, ...]


class Shown:
    """The groups of a layer's waveform, and their values.

    Parameters
    ----------
    schedule : Schedule
    """

    def __init__(self, schedule: Schedule):
        self.schedule, self.config = schedule, schedule.config
        self.probes = {probe.path: probe for probe in probes(self.config)}
        self.loops = LoopVariables(schedule.layer, schedule.pieces)
        self.reads = {name: _Reads() for name in memories(self.config)}
        self.groups = (
            self._loops(), *self._laid_out(), *self._memories(), self._sums(), self._drain(),
            *self._streams(),
        )

    def values(self, first: int, words: Mapping[str, Bytes]) -> dict[Key, Ints]:
        """For each group's scope and variable its values, from cycle ``first`` on."""
        count = len(words["array.done"])
        numbers = _Numbers(self.probes, words)
        found = {("loops", "cycle"): np.arange(first, first + count)}
        late = self._late(first, count)
        for name, values in self.loops.take(first, count).items():
            found["loops", name] = values
        for name in LAID_OUT:
            found["laid_out", name] = numbers.of(f"observer.{name}")
        for memory in memories(self.config).values():
            scope = memory.name
            for part in ("en", "address"):
                found[scope, part] = numbers.of(f"{scope}__{part}")
            asked = np.where(late, 0, found[scope, "en"])
            read = self.reads[scope].take(asked, numbers.all(f"{scope}__data"))
            for i, variable in enumerate(_words(memory.name, memory.count, self.config.dot)):
                found[scope, variable] = read[:, i]
        for r, c in self._places():
            found["sums", f"row_{r}_column_{c}"] = numbers.of(f"array.pe_{r}_{c}.accumulator")
        found["drain", "row_done"] = numbers.of("array.done")
        found["drain", "row_valid"] = numbers.of("array.o_valid")
        for stream in self._leaving():
            payload = f"{stream.name}__payload"
            scope = f"{stream.item}s_out"
            found[scope, "valid"] = numbers.of(f"{stream.name}__valid")
            found[scope, "last"] = self.probes[payload].lasts(words[payload]).astype(np.int64)
            for i in range(min(stream.fields[0].count, COLS_SHOWN)):
                found[scope, f"column_{i}"] = numbers.of(payload, i)
        return {
            (group.scope, variable.name): found[group.scope, variable.name]
            for group in self.groups for variable in group.variables
        }

    def _late(self, first: int, count: int) -> NDArray[np.bool_]:
        """Cycles at whose words nobody looks: they come after the end of a piece."""
        ends = np.cumsum([piece.cycles for piece in self.schedule.pieces])
        left = ends[np.searchsorted(ends, np.arange(first, first + count)).clip(max=len(ends) - 1)]
        late: NDArray[np.bool_] = left - np.arange(first, first + count) < MEMORY_LATENCY
        return late

    def _loops(self) -> Group:
        layer, size = self.schedule.layer, self.config.size_bits
        names = [Variable("cycle", 48), Variable("mac", 1), Variable("piece", 16),
                 Variable("tile", self.config.tile_bits)]
        names += [Variable(name, size) for name in loop_names(layer)]
        return Group("loops", "loop variables of PE (0, 0)", "", tuple(names))

    def _laid_out(self) -> tuple[Group, ...]:
        """The loops of the layer that the array computes, where that is another one."""
        if all(piece.mapping.name == "plain" for piece in self.schedule.pieces):
            return ()
        variables = tuple(
            Variable(name, self.probes[f"observer.{name}"].bits) for name in LAID_OUT
        )
        return (Group("laid_out", "loop variables as laid out on the array", "", variables),)

    def _memories(self) -> tuple[Group, ...]:
        groups = []
        for memory in memories(self.config).values():
            color = {"act": "blue", "weight": "orange", "weight_odd": "orange"}.get(memory.name, "")
            ports = [Variable("en", 1), Variable("address", self.config.addr_bits)]
            bits, signed = memory.bits, not memory.fields
            if bits < 64:
                ports += [
                    Variable(name, bits, signed)
                    for name in _words(memory.name, memory.count, self.config.dot)
                ]
            groups.append(Group(memory.name, f"memory {memory.name}", color, tuple(ports)))
        return tuple(groups)

    def _places(self) -> list[tuple[int, int]]:
        rows, cols = min(self.config.rows, ROWS_SHOWN), min(self.config.cols, COLS_SHOWN)
        return [(r, c) for r in range(rows) for c in range(cols)]

    def _sums(self) -> Group:
        return Group("sums", "sums of the PEs", "green", tuple(
            Variable(f"row_{r}_column_{c}", self.config.acc_bits, signed=True)
            for r, c in self._places()
        ))

    def _drain(self) -> Group:
        flags = (Variable("row_done", 1), Variable("row_valid", 1))
        return Group("drain", "sums on their way out", "", flags)

    def _leaving(self) -> list[Stream]:
        return [output for output in outputs(self.config) if isinstance(output, Stream)]

    def _streams(self) -> tuple[Group, ...]:
        groups = []
        for stream in self._leaving():
            field = stream.fields[0]
            numbers = tuple(
                Variable(f"column_{i}", field.bits, signed=True)
                for i in range(min(field.count, COLS_SHOWN))
            )
            variables = (Variable("valid", 1), Variable("last", 1), *numbers)
            groups.append(Group(f"{stream.item}s_out", f"{stream.item}s out", "green", variables))
        return tuple(groups)


class _Numbers:
    """Recorded words as numbers, each probe only once."""

    def __init__(self, known: Mapping[str, Probe], words: Mapping[str, Bytes]):
        self.probes, self.words = known, words
        self.found: dict[str, Ints] = {}

    def all(self, path: str) -> Ints:
        """A probe's numbers, (cycles, count)."""
        if path not in self.found:
            self.found[path] = self.probes[path].numbers(self.words[path])
        return self.found[path]

    def of(self, path: str, place: int = 0) -> Ints:
        """One of them, (cycles,)."""
        return self.all(path)[:, place]


class _Reads:
    """Words that a memory was asked for. What comes unasked is not shown: it may be anything."""

    def __init__(self) -> None:
        self.asked = np.zeros(MEMORY_LATENCY, dtype=np.int64)
        self.last: Ints | int = 0

    def take(self, en: Ints, data: Ints) -> Ints:
        """In each cycle the last word that was asked for, (cycles, numbers)."""
        asked = np.concatenate([self.asked, en])
        self.asked = asked[len(en) :]
        places = np.where(asked[: len(en)] == 1, np.arange(len(en)), -1)
        places = np.maximum.accumulate(places)
        shown: Ints = np.where((places >= 0)[:, None], data[np.maximum(places, 0)], self.last)
        self.last = shown[-1]
        return shown


def _words(memory: str, count: int, dot: int) -> list[str]:
    """The names of a memory word's numbers: lanes, or a column's weights."""
    names = [f"lane_{i}" for i in range(count)]
    if memory.startswith("weight"):
        names = [f"column_{i // dot}_{i % dot}" for i in range(count)]
    elif memory != "act":
        names = [f"column_{i}" for i in range(count)]
    return names[:LANES_SHOWN]
