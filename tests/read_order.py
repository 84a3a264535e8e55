"""The addresses that a layer reads, in their order, computed from the loops over its shape.

This is the definition with which the core is compared. It uses neither the
model nor the hardware.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np

from convolith.model.arrays import Ints

__all__ = ["Axis", "Order", "SharedOrder", "Shape", "axes", "shapes"]


class Axis(NamedTuple):
    """One axis of a convolution."""

    extent: int
    kernel: int
    stride: int
    padding: int
    dilation: int

    @property
    def outputs(self) -> int:
        """0 or less: the kernel does not fit the padded input."""
        reach = self.dilation * (self.kernel - 1) + 1
        return (self.extent + 2 * self.padding - reach) // self.stride + 1


def axes(most: int) -> Iterator[Axis]:
    """All axes whose numbers are at most ``most``, the number of outputs too.

    A stride has no effect on a single output, and a dilation none on a single tap. There they are
    1.
    """
    numbers = range(1, most + 1)
    for axis in map(Axis._make, product(numbers, numbers, numbers, (0, *numbers), numbers)):
        idle = (axis.outputs == 1 and axis.stride > 1) or (axis.kernel == 1 and axis.dilation > 1)
        if 1 <= axis.outputs <= most and not idle:
            yield axis


class Shape(NamedTuple):
    """A layer.

    ``words``: activation words of a pixel, for one group. ``oc_tiles``: tiles of output channels,
    of one group.
    """

    n: int
    groups: int
    words: int
    oc_tiles: int
    x: Axis
    y: Axis

    @property
    def pixels(self) -> int:
        return self.n * self.x.outputs * self.y.outputs

    @property
    def passes(self) -> int:
        return self.groups * self.oc_tiles


def shapes(most: int) -> Iterator[Shape]:
    """All layers whose numbers are at most ``most``."""
    numbers, found = range(1, most + 1), list(axes(most))
    yield from map(Shape._make, product(numbers, numbers, numbers, numbers, found, found))


class Row(NamedTuple):
    """What a row of the array computes in a tile: a pixel in a pass.

    A pass is a round over all output pixels, for one group and tile of output channels. ``half``
    is 1 for the second one of two rows that share an output.
    """

    number: int
    pixel: int
    half: int


IDLE = Row(-1, -1, -1)


@dataclass(frozen=True)
class Order:
    """The order in which an array with ``rows`` rows and ``beats`` weight words per step reads.

    Parameters
    ----------
    shape : Shape
    rows, beats : int
    dataflow : str
        ``dense``: a tile has rows of one pass. ``packed``: rows that are left over begin the next
        pass, but no third one. ``paired``: two rows share an output, and each takes half of the
        words.
    """

    shape: Shape
    rows: int
    beats: int
    dataflow: str = "dense"

    @property
    def halves(self) -> int:
        """Rows that share an output."""
        return 2 if self.dataflow == "paired" else 1

    @property
    def row_words(self) -> int:
        """Words that a row takes for each tap. With an odd number both halves have the middle."""
        return -(-self.shape.words // self.halves)

    @property
    def steps(self) -> int:
        """Steps of a tile, each with a word per row."""
        return self.row_words * self.shape.x.kernel * self.shape.y.kernel

    @cached_property
    def tiles(self) -> list[list[Row]]:
        """The rows of each tile that are not idle."""
        most = 2 if self.dataflow == "packed" else 1  # passes of a tile
        found: list[list[Row]] = []
        for row in map(Row._make, product(
            range(self.shape.passes), range(self.shape.pixels), range(self.halves)
        )):
            if not found or len(found[-1]) == self.rows or row.number - found[-1][0].number >= most:
                found.append([])
            found[-1].append(row)
        return found

    def activations(self, base: int) -> Ints:
        """The address of each tap in the image, for each tile, word, kx, ky and row."""
        _, groups, words, oc_tiles, x, y = self.shape
        idle = [IDLE] * self.rows
        rows = np.array([(tile + idle)[: self.rows] for tile in self.tiles])
        # Axes: tile, word, kx, ky, row.
        number, pixel, half = np.moveaxis(rows[:, None, None, None], -1, 0)
        word, kx, ky, _ = np.ix_(range(self.row_words), range(x.kernel), range(y.kernel), (0,))
        n, output = np.divmod(pixel, x.outputs * y.outputs)
        ox, oy = np.divmod(output, y.outputs)
        ix = ox * x.stride + kx * x.dilation - x.padding
        iy = oy * y.stride + ky * y.dilation - y.padding
        inside = (number >= 0) & (ix >= 0) & (ix < x.extent) & (iy >= 0) & (iy < y.extent)
        block = half * (words - self.row_words) + word
        pixel_word = ((n * x.extent + ix) * y.extent + iy) * groups + number // oc_tiles
        address = base + pixel_word * words + block
        return address[np.broadcast_to(inside, address.shape)]

    def weights(self, base: int, banks: int) -> list[Ints]:
        """For each bank its words of each tile, in the order of the steps.

        Passes take turns between two banks. Of pairs, the first rows have one bank and the second
        rows the other.
        """
        words = np.arange(self.steps * self.beats)
        found: list[list[int]] = [[] for _ in range(banks)]
        for tile in self.tiles:
            for number in sorted({row.number for row in tile}):
                if self.dataflow == "paired":
                    for bank in found:
                        bank.append(number)
                else:
                    found[number % banks].append(number // banks)
        return [
            (base + len(words) * np.array(bank, dtype=np.int64)[:, None] + words).ravel()
            for bank in found
        ]

    def biases(self, base: int) -> Ints:
        """The pass's word for each row that is not idle, for both rows of a pair too."""
        return base + np.array([row.number for tile in self.tiles for row in tile])


class Phases(NamedTuple):
    """The taps along an axis, sorted by the words that outputs can share.

    Words come every ``step`` pixels. Two taps whose distance is a multiple of that can take the
    same word. Such taps are a phase. ``reach``: words from the first tap of a phase to its last
    one; in the first phase it is the longest. ``last_reach``: that of the last phase.
    """

    count: int
    reach: int
    last_reach: int

    @classmethod
    def of(cls, axis: Axis, step: int) -> "Phases":
        phases: dict[int, list[int]] = {}
        for tap in range(axis.kernel):
            phases.setdefault(tap * axis.dilation % step, []).append(tap * axis.dilation)
        reaches = [(taps[-1] - taps[0]) // step for taps in phases.values()]
        return cls(len(phases), max(reaches), reaches[-1])


@dataclass(frozen=True)
class SharedOrder:
    """The order in which an array reads depthwise layers with shared words.

    Parameters
    ----------
    shape : Shape
        ``words``: of a pixel. ``oc_tiles``: output channels of each input channel. One group.
    patch : tuple of int
        Outputs of a tile along x and y, a row of the array each.
    cycles : int
        Of a tile, at least.
    in_order : bool
        A tile's lines of words come one below the other. Else they come phase by phase.
    """

    shape: Shape
    patch: tuple[int, int]
    cycles: int
    in_order: bool

    @cached_property
    def corners(self) -> Ints:
        """Word, n, and the first output along x and y, of each tile."""
        n, _, words, multiplier, x, y = self.shape
        steps = [range(0, axis.outputs, of) for axis, of in zip((x, y), self.patch, strict=True)]
        return np.array([
            (word, image, ox, oy)
            for word, _, image, ox, oy in product(range(words), range(multiplier), range(n), *steps)
        ])

    @property
    def step_x(self) -> int:
        """Pixels from a line of words to the next one."""
        return 1 if self.in_order else self.shape.x.stride

    def activations(self, base: int) -> Ints:
        """The address of each word in the image: for each tile, phase, line, phase and column.

        The last phase along y has no more words than its own taps need, or than all weights are.
        """
        *_, x, y = self.shape
        across, along = Phases.of(x, self.step_x), Phases.of(y, y.stride)
        lines = (self.patch[0] - 1) * x.stride // self.step_x + across.reach + 1
        least = max(2, -(-self.cycles // (across.count * lines * along.count)))
        columns = [max(least, self.patch[1] + along.reach)] * along.count
        columns[-1] = max(least, along.reach + 1, self.patch[1] + along.last_reach)
        across_line = [
            phase * y.dilation + column * y.stride
            for phase, count in enumerate(columns) for column in range(count)
        ]
        word, n, ox, oy = np.moveaxis(self.corners[:, None, None, None], -1, 0)
        phase_x, line, place = np.ix_(range(across.count), range(lines), across_line)
        ix = ox * x.stride - x.padding + phase_x * x.dilation + line * self.step_x
        iy = oy * y.stride - y.padding + place
        inside = (ix >= 0) & (ix < x.extent) & (iy >= 0) & (iy < y.extent)
        address = base + ((n * x.extent + ix) * y.extent + iy) * self.shape.words + word
        return address[np.broadcast_to(inside, address.shape)]

    def weights(self, base: int, banks: int) -> list[Ints]:
        """The words of the pass, in the first bank: from a phase's first tap to its last one.

        Between dilated taps lie words of zeros.
        """
        x, y = self.shape.x, self.shape.y
        across, along = Phases.of(x, self.step_x), Phases.of(y, y.stride)
        taps = np.arange(across.count * (across.reach + 1) * along.count * (along.reach + 1))
        passes = self.shape.words * self.shape.oc_tiles
        tiles = np.repeat(np.arange(passes), len(self.corners) // passes)
        words = (base + len(taps) * tiles[:, None] + taps).ravel()
        return [words, *[np.array([], dtype=np.int64)] * (banks - 1)]

    def biases(self, base: int) -> Ints:
        """The pass's word for each output."""
        passes = self.shape.words * self.shape.oc_tiles
        return base + np.repeat(np.arange(passes), self.shape.pixels)
