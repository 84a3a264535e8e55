"""Splits a layer until its pieces fit the memories, in as few cycles as it can."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain, product

from convolith.model.compile.candidates import best_mapping, fitting_mappings, mappings
from convolith.model.compile.limits import check_sizes, fits, memory_needs, sizes_fit
from convolith.model.compile.mapping import Mapping
from convolith.model.compile.piece import Piece
from convolith.model.compile.schedule import Schedule
from convolith.model.dataflow.cycles import load_cycles
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.window import Window, input_window, widest_window

__all__ = ["plan"]

MOST_PIECES = 1 << 20

flat = chain.from_iterable


@dataclass(frozen=True)
class Sizes:
    """The largest piece: images, groups, output and input channels of a group, output pixels."""

    n: int
    g: int
    oc: int
    ic: int
    ox: int
    oy: int

    def count(self, layer: ConvLayer) -> int:
        """How many pieces the layer has."""
        wholes = (layer.N, layer.groups, layer.group_OC, layer.group_IC, layer.OX, layer.OY)
        count = 1
        for whole, part in zip(wholes, (self.n, self.g, self.oc, self.ic, self.ox, self.oy),
                               strict=True):
            count *= -(-whole // part)
        return count


def plan(
    config: ArrayConfig, layer: ConvLayer, *, biased: bool = False, **how: bool
) -> Schedule:
    """The pieces of ``layer``: one, if it fits; otherwise the cheapest split that was found.

    Cheapest is the sum of cycles and of words to load. Input channels are split only if nothing
    else makes a piece fit. ``plain`` and ``requantized`` as in `mappings`.

    Raises
    ------
    ValueError
        If even the smallest piece does not fit: naming the memory and the depth that it needs, or
        what is too large for its register.
    """
    if not layer.N:  # no outputs, nothing to do
        return Schedule(config, layer, (), biased)
    return _Planner(config, layer, biased, how).schedule()


class _Planner:
    def __init__(self, config: ArrayConfig, layer: ConvLayer, biased: bool, how: dict[str, bool]):
        self.config, self.layer, self.biased, self.how = config, layer, biased, how
        # There are few different pieces, and all ways to split ask for them.
        self.best, self.window = cache(self.find_best), cache(self.find_window)
        self.fits_piece = cache(self.find_fit)

    def schedule(self) -> Schedule:
        sizes = self.sizes()
        if (count := sizes.count(self.layer)) > MOST_PIECES:
            raise ValueError(
                f"a layer must be at most {MOST_PIECES:,} pieces, not {count:,}: "
                "deeper memories make larger ones"
            )
        outputs = self.pieces(sizes)
        schedules = [
            Schedule(self.config, self.layer, tuple(flat(flat(order))), self.biased)
            for order in (outputs, zip(*outputs, strict=True))
        ]
        return min(schedules, key=lambda schedule: schedule.load_cycles)

    def sizes(self) -> Sizes:
        """Of the largest piece."""
        layer = self.layer
        whole = Sizes(layer.N, layer.groups, layer.group_OC, layer.group_IC, layer.OX, layer.OY)
        at_once = self.mapping(whole)
        # Nothing is better than all at once, without padding that no output needs; but for what the
        # memories do not hold at once.
        if at_once is not None and at_once.cost <= min(self.beyond(), default=at_once.cost):
            return whole
        for ic in self.channel_parts():
            found = min(self.fitting(ic), key=self.cost, default=None)
            if found:
                return found
        raise ValueError(self.refusal())

    def beyond(self) -> Iterator[tuple[int, int]]:
        """The costs of the mappings of the whole layer that do not fit the memories."""
        for mapping in mappings(self.config, self.layer, **self.how):
            if not fits(mapping.tiling, biased=self.biased):
                yield mapping.cost

    def channel_parts(self) -> Iterator[int]:
        """Input channels of a group that can be computed at a time, the most first."""
        whole = self.layer.group_IC
        return _parts(whole, self.config.lanes) if self.config.sum_words else iter((whole,))

    def fitting(self, ic: int) -> Iterator[Sizes]:
        """For every way to split output channels the largest pixels that fit."""
        layer = self.layer
        channels = [(1, oc) for oc in _parts(layer.group_OC, self.config.cols)]
        if ic == layer.group_IC:
            channels = [(g, layer.group_OC) for g in _parts(layer.groups, 1)] + channels
        pixels = list(_pixels(layer))
        for g, oc in dict.fromkeys(channels):
            choices = [Sizes(n, g, oc, ic, ox, oy) for n, ox, oy in pixels]
            if self.fits(choices[-1]):
                # Fewer pixels need fewer words: the first that fits is found by bisection.
                yield choices[bisect_left(choices, True, key=self.fits)]

    def fits(self, sizes: Sizes) -> bool:
        """The largest piece fits, and the last one.

        Fewer groups may not merge as well, and fewer channels may not fold as well: those of an
        even number of words do not, even with row pairs (`worth_folding`).
        """
        layer = self.layer
        last = replace(
            sizes, g=layer.groups % sizes.g or sizes.g, ic=layer.group_IC % sizes.ic or sizes.ic
        )
        return all(self.fits_piece(*self.largest(of)) for of in (sizes, last))

    def mapping(self, sizes: Sizes) -> Mapping | None:
        """The best one of a piece of these sizes, the one with the largest input."""
        return self.best(*self.largest(sizes))

    def largest(self, sizes: Sizes) -> tuple[int, int, int, int, Window, Window]:
        """Of the pieces of these sizes, the one with the largest input."""
        x, y = self.widest(sizes.ox, sizes.oy)
        return sizes.n, sizes.g, sizes.oc, sizes.ic, x, y

    def find_best(self, n: int, g: int, oc: int, ic: int, x: Window, y: Window) -> Mapping | None:
        return best_mapping(self.config, self.piece(n, g, oc, ic, x, y), **self.needs(ic))

    def find_fit(self, n: int, g: int, oc: int, ic: int, x: Window, y: Window) -> bool:
        """Some mapping fits. That takes no cycles to be computed, as the best one does."""
        piece = self.piece(n, g, oc, ic, x, y)
        return any(True for _ in fitting_mappings(self.config, piece, **self.needs(ic)))

    def needs(self, ic: int) -> dict[str, bool]:
        """What decides whether a mapping fits, besides the piece."""
        return {"biased": self.biased, "split": ic < self.layer.group_IC, **self.how}

    def cost(self, sizes: Sizes) -> int:
        """Cycles and words, as if all pieces were the largest one."""
        mapping = self.mapping(sizes)
        assert mapping is not None
        words = load_cycles(mapping.tiling)
        return sizes.count(self.layer) * (mapping.cycles + words)

    def find_window(self, axis: int, outputs: range) -> Window:
        return input_window(outputs, **self.axis(axis))

    def widest(self, ox: int, oy: int) -> Iterator[Window]:
        """The largest of so many outputs, per axis."""
        for axis, (whole, part) in enumerate(((self.layer.OX, ox), (self.layer.OY, oy))):
            yield widest_window(range(0, whole, part), whole, **self.axis(axis)).at_0

    def axis(self, axis: int) -> dict[str, int]:
        """What windows depend on."""
        layer = self.layer
        return {
            "extent": (layer.IX, layer.IY)[axis],
            "stride": layer.stride[axis],
            "padding": layer.padding[axis],
            "kernel_extent": layer.kernel_extent[axis],
        }

    def piece(self, n: int, g: int, oc: int, ic: int, x: Window, y: Window) -> ConvLayer:
        return replace(
            self.layer, N=n, groups=g, OC=g * oc, IC=g * ic,
            IX=x.end - x.first, IY=y.end - y.first,
            padding=(x.before, y.before), padding_after=(x.after, y.after),
        )

    def pieces(self, sizes: Sizes) -> list[list[list[Piece]]]:
        """By output channels, by pixels, and by input channels."""
        layer = self.layer
        groups, channels = _ranges(layer.groups, sizes.g), _ranges(layer.group_OC, sizes.oc)
        pixels = list(
            product(
                _ranges(layer.N, sizes.n), _ranges(layer.OX, sizes.ox), _ranges(layer.OY, sizes.oy)
            )
        )
        parts = _ranges(layer.group_IC, sizes.ic)
        return [
            [[self.piece_of(output, pixel, ic) for ic in parts] for pixel in pixels]
            for output in product(groups, channels)
        ]

    def piece_of(
        self, output: tuple[range, range], pixel: tuple[range, range, range], ic: range
    ) -> Piece:
        """One piece: of whole groups, or of a part of one."""
        (g, oc), (n, ox, oy) = output, pixel
        layer = self.layer
        windows = [self.window(0, ox), self.window(1, oy)]
        mapping = self.best(len(n), len(g), len(oc), len(ic), *(window.at_0 for window in windows))
        assert mapping is not None, "a piece is no larger than the largest one"
        first, last = g.start, g.stop - 1
        inputs = slice(first * layer.group_IC + ic.start, last * layer.group_IC + ic.stop)
        outputs = slice(first * layer.group_OC + oc.start, last * layer.group_OC + oc.stop)
        x, y = (slice(window.first, window.end) for window in windows)
        return Piece(
            mapping=mapping,
            input=(_slice(n), inputs, x, y),
            weight=(outputs, _slice(ic)),
            output=(_slice(n), outputs, _slice(ox), _slice(oy)),
            first=ic.start == 0,
            last=ic.stop == layer.group_IC,
        )

    def refusal(self) -> str:
        """What the smallest piece needs; raises ValueError at once for what no register holds."""
        layer, config = self.layer, self.config
        lacks: list[list[tuple[str, int, int]]] = []
        # The last part is the smallest; but more channels can need fewer words per bank, folded.
        for ic in reversed(list(self.channel_parts())):
            piece = self.piece(1, 1, min(config.cols, layer.group_OC), ic, *self.widest(1, 1))
            if not lacks:
                check_sizes(DenseTiling(config, piece))
            for mapping in mappings(config, piece, split=ic < layer.group_IC, **self.how):
                needs = memory_needs(mapping.tiling, biased=self.biased, split=ic < layer.group_IC)
                lacking = [need for need in needs if need[1] > need[2]]
                if lacking and sizes_fit(mapping.tiling):
                    lacks.append(lacking)
        # Of what is nearest to fitting.
        name, needed, depth = min(lacks, key=lambda lack: (len(lack), lack[0][1]))[0]
        return f"{name} must be at least {needed} for this layer's smallest piece, not {depth}"


def _parts(whole: int, unit: int) -> Iterator[int]:
    """Sizes of 1, 2, 3, ... about equal parts of ``whole``, in multiples of ``unit``.

    Of many parts not all counts are tried, but such as make an eighth of difference.
    """
    units = size = -(-whole // unit)
    yield whole
    while size > 1:
        count = -(-units // (size * 7 // 8))
        size = -(-units // count)
        yield size * unit


def _pixels(layer: ConvLayer) -> Iterator[tuple[int, int, int]]:
    """(n, ox, oy) from all pixels down to one: images, then lines, then parts of a line."""
    for n in _parts(layer.N, 1):
        yield n, layer.OX, layer.OY
    for ox in list(_parts(layer.OX, 1))[1:]:
        yield 1, ox, layer.OY
    for oy in list(_parts(layer.OY, 1))[1:]:
        yield 1, 1, oy


def _ranges(whole: int, part: int) -> list[range]:
    """Parts of ``whole`` of at most ``part``."""
    return [range(first, min(first + part, whole)) for first in range(0, whole, part)]


def _slice(numbers: range) -> slice:
    return slice(numbers.start, numbers.stop)
