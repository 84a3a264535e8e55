"""A recording with its meaning: which terms, of which outputs; and the proof that it is right."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Ints
from convolith.model.compile.terms import NONE, PieceTerms
from convolith.model.dataflow.beat import Beat
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.layers.common.prepared import Prepared
from convolith.sim.watch.recorded.recording import Recording

Indices = NDArray[np.integer[Any]]

__all__ = ["Part", "Term", "Trace", "place"]


@dataclass(frozen=True)
class Term:
    """One product of a sum, in a cycle.

    Parameters
    ----------
    cycle : int
        In which the PE's sum first shows it.
    pe : (int, int)
        Row and column.
    y : tuple of int
        (n, oc, ox, oy) of the output.
    x : tuple of int, or None
        (n, ic, ix, iy) of the activation; None outside the input.
    w : tuple of int
        (oc, ic, kx, ky) of the weight; ``ic`` counts within the group.
    a, b : int
        The activation and the weight, as the array has them.
    """

    cycle: int
    pe: tuple[int, int]
    y: tuple[int, ...]
    x: tuple[int, ...] | None
    w: tuple[int, ...]
    a: int
    b: int

    @property
    def product(self) -> int:
        """Of both."""
        return self.a * self.b


@dataclass(frozen=True)
class Part:
    """A piece of the layer, as far as it was recorded.

    Parameters
    ----------
    terms : PieceTerms
    begin : int
        The cycle after which the piece begins.
    first_tile : int
        The number of its first tile among those of the layer.
    beats : list of Beat
        Those of which some row adds terms in a recorded cycle.
    """

    terms: PieceTerms
    begin: int
    first_tile: int
    beats: list[Beat]


class Trace:
    """What each PE did in each recorded cycle.

    Indices are those of the user's own layer, whatever its layout on the array.

    Parameters
    ----------
    convolution : Prepared
    recording : Recording

    Members
    -------
    parts : list of Part
        All pieces of the layer.
    x, w : int32 array, (cycles, R, C, D)
        The activation and the weight whose product the sum shows from this cycle on, as indices
        into the flattened tensors; `NONE` outside the input, or where there is no term.
    y : int32 array, (cycles, R, C)
        The output to which these belong, or `NONE`.
    busy : bool array, (cycles, R, C)
        The PE has an output, and the cycle is one in which it may add something.
    begins : bool array, (cycles, R)
        The sums of the row begin anew in this cycle.
    start : int64 array, (R, C)
        What the sums of PEs with an output must be in the first recorded cycle.
    """

    def __init__(self, convolution: Prepared, recording: Recording):
        self.convolution, self.recording = convolution, recording
        config = self.config
        count = len(recording.sums)
        shape = (count, config.rows, config.cols)
        self.x = np.full((*shape, config.dot), NONE, dtype=np.int32)
        self.w = np.full((*shape, config.dot), NONE, dtype=np.int32)
        self.y = np.full(shape, NONE, dtype=np.int32)
        self.begins = np.zeros((count, config.rows), dtype=bool)
        self.busy = np.zeros(shape, dtype=bool)
        self.start = np.zeros(shape[1:], dtype=np.int64)
        self.parts: list[Part] = []
        begin = tile = 0
        for piece in convolution.schedule.pieces:
            terms = PieceTerms(self.layer, piece)
            self.parts.append(Part(terms, begin, tile, self._add(terms, begin)))
            begin += piece.cycles
            tile += terms.tiling.tiles

    @property
    def config(self) -> ArrayConfig:
        """The array's."""
        return self.convolution.config

    @property
    def layer(self) -> ConvLayer:
        """As the array has it: padding other than zeros is a part of its input."""
        return self.convolution.layer

    def _add(self, terms: PieceTerms, begin: int) -> list[Beat]:
        """Adds the terms of a piece that begins after cycle ``begin``, and returns its beats."""
        beats: list[Beat] = []
        first, last = self.recording.first - begin, self.recording.last - begin
        if last < 1 or first > terms.piece.cycles:
            return beats
        delays = [terms.tiling.delay(row) for row in range(self.config.rows)]
        for laid in terms.beats(terms.tiles_in((first, last))):
            beat, seen = replace(laid, x=self._own_x(laid.x)), False
            for row, delay in enumerate(delays):
                at = terms.first + beat.slot + delay - first
                if at <= 0:
                    kept = 0 if beat.first else self.start[row]
                    self.start[row] = kept + self._products(beat.x[row], beat.w[row])
                if 0 <= at < len(self.x):
                    seen = True
                    self.x[at, row], self.w[at, row] = beat.x[row], beat.w[row]
                    self.begins[at, row] |= beat.first
                    self.busy[at, row] = terms.outputs[beat.tile, row] != NONE
                    used = (beat.w[row] != NONE).any(axis=1)
                    self.y[at, row] = np.where(used, terms.outputs[beat.tile, row], NONE)
            if seen:
                beats.append(beat)
        return beats

    @cached_property
    def terms(self) -> int:
        """How many terms of outputs there are in the recording."""
        return int(((self.w != NONE) & (self.y[..., None] != NONE)).sum())

    @cached_property
    def changes(self) -> Ints:
        """By how much sums grow beside their products, (cycles, R, C).

        It is 0 wherever a PE has an output, but where a fault was injected. In the first recorded
        cycle, sums are compared with those of all products of their tile until then. PEs without
        an output may add anything.
        """
        used = (self.w != NONE) & (self.y[..., None] != NONE)
        sums = self.recording.sums
        before = np.concatenate([np.zeros_like(sums[:1]), sums[:-1]])
        before = np.where(self.begins[..., None], 0, before)
        found: Ints = sums - before - self._products(self.x, np.where(used, self.w, NONE))
        found[0] = np.where(self.busy[0], sums[0] - self.start, 0)
        return found

    def _products(self, x: Indices, w: Indices) -> Ints:
        """The sums of the products at such indices, over the last axis."""
        a, b = self._numbers(x, w)
        found: Ints = np.where(w != NONE, a * b, 0).sum(axis=-1)
        return found

    def check(self, *, sums: bool = True) -> None:
        """Compares all operands with the user's tensors, and all sums with those of the terms.

        Without ``sums``, only the operands: where a fault was injected, sums are wrong on purpose.

        Raises
        ------
        SimulationError
            Naming the cycle and the PE that have something else.
        """
        self._check_operands()
        if sums:
            self._check_sums()

    def _check_operands(self) -> None:
        """What the multipliers took is what the tensors have at the terms' indices."""
        a, b = self._numbers(self.x, self.w)
        recording = self.recording
        for name, found, expected in (
            ("activation", recording.activations, a), ("weight", recording.weights, b)
        ):
            wrong = np.argwhere((self.w != NONE) & (found != expected))
            if len(wrong):
                i, r, c, d = (int(k) for k in wrong[0])
                raise SimulationError(
                    f"PE ({r}, {c}) adds a product of the {name} {found[i, r, c, d]} in cycle "
                    f"{recording.first + i}, not of {expected[i, r, c, d]}"
                )

    def _check_sums(self) -> None:
        """Where a PE has an output, its sum is the one before, or 0, and the cycle's products."""
        wrong = np.argwhere(self.busy & (self.changes != 0))
        if len(wrong):
            i, r, c = (int(k) for k in wrong[0])
            found = self.recording.sums[i, r, c]
            raise SimulationError(
                f"the sum of PE ({r}, {c}) must be {found - self.changes[i, r, c]} in cycle "
                f"{self.recording.first + i}, not {found}"
            )

    @property
    def x_shape(self) -> tuple[int, int, int, int]:
        """Of the user's input."""
        own = self.convolution.own_layer
        return own.N, own.IC, own.IX, own.IY

    def _own_x(self, x: Ints) -> Ints:
        """Indices into the array's input as those into the user's, which is not padded."""
        source = self.convolution.source
        return x if source is None else np.append(source, NONE)[x]

    @cached_property
    def own_input(self) -> Ints:
        """The numbers of the user's input, as the array has them, flattened."""
        x, source = self.convolution.x, self.convolution.source
        if source is None:
            return x.reshape(-1)
        own = np.zeros(np.prod(self.x_shape), dtype=np.int64)
        own[source] = x.reshape(-1)
        return own

    def _numbers(self, x: Indices, w: Indices) -> tuple[Ints, Ints]:
        """The numbers at such indices; outside the input the layer's padding value."""
        return self._tensors[0][x], self._tensors[1][w]

    @cached_property
    def _tensors(self) -> tuple[Ints, Ints]:
        """Flattened; the last number of each is that for `NONE`."""
        x = np.append(self.own_input, self.convolution.padding_value)
        return x.astype(np.int64), np.append(self.convolution.w.reshape(-1), 0).astype(np.int64)

    def at(self, cycle: int, row: int, column: int) -> list[Term]:
        """The terms that a PE's sum first shows in a cycle: D at most."""
        i = cycle - self.recording.first
        if self.y[i, row, column] == NONE:
            return []
        used = np.flatnonzero(self.w[i, row, column] != NONE)
        return [self._term(cycle, row, column, int(d)) for d in used]

    def history(self, output: int) -> list[Term]:
        """All recorded terms of an output, in the order in which they were added."""
        places = np.argwhere((self.y == output)[..., None] & (self.w != NONE))
        return [
            self._term(int(i) + self.recording.first, int(r), int(c), int(d))
            for i, r, c, d in places
        ]

    def of_pe(self, row: int, column: int) -> list[Term]:
        """All recorded terms of a PE, in the order in which they were added."""
        used = (self.y[:, row, column] != NONE)[:, None] & (self.w[:, row, column] != NONE)
        return [
            self._term(int(i) + self.recording.first, row, column, int(d))
            for i, d in np.argwhere(used)
        ]

    def _term(self, cycle: int, row: int, column: int, d: int) -> Term:
        i, layer = cycle - self.recording.first, self.layer
        x, w = int(self.x[i, row, column, d]), int(self.w[i, row, column, d])
        w_shape = (layer.OC, layer.group_IC, layer.KX, layer.KY)
        return Term(
            cycle=cycle, pe=(row, column),
            y=place(int(self.y[i, row, column]), (layer.N, layer.OC, layer.OX, layer.OY)),
            x=None if x == NONE else place(x, self.x_shape), w=place(w, w_shape),
            a=int(self._tensors[0][x]), b=int(self._tensors[1][w]),
        )

    def sum(self, cycle: int, row: int, column: int) -> int:
        """What a PE's accumulator holds in a cycle."""
        return int(self.recording.sums[cycle - self.recording.first, row, column])

    def outputs_of(self, cycle: int) -> NDArray[np.int32]:
        """The output of each PE's terms in a cycle, (R, C)."""
        found: NDArray[np.int32] = self.y[cycle - self.recording.first]
        return found


def place(index: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """An index into a flattened tensor as one per axis."""
    return tuple(int(i) for i in np.unravel_index(index, shape))
