"""Our own form of a table: columns by name, in any order, for all attributes of a convolution."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from convolith.model.checks import check_int
from convolith.model.layer import ConvLayer
from convolith.model.networks.columns import (
    images,
    integer,
    leave_out,
    plain_name,
    refuse_similar,
)
from convolith.model.networks.names import shortened
from convolith.model.networks.notes import Notes

__all__ = ["OwnForm"]

NEEDED = ("layer", "in_channels", "out_channels", "in_h", "in_w", "kernel_h", "kernel_w")
CHARACTERISTIC = tuple(plain_name(column) for column in NEEDED[1:5])
SPELLINGS = {"batch size": "batch"}

Pair = tuple[int, int]
Numbers = Callable[[str], int]


@dataclass(frozen=True)
class Attribute:
    """An attribute of a layer that can be written in several ways. A way is a tuple of columns.

    The first way is the usual one. ``default`` is None if the attribute must be given.
    """

    ways: tuple[tuple[str, ...], ...]
    default: int | None = None

    def way(self, columns: Sequence[str]) -> tuple[str, ...]:
        """The way that a header uses; no columns if the attribute has its default.

        Raises
        ------
        ValueError
            If the header uses two ways, or has only some columns of a way.
        """
        found = [way for way in self.ways if any(name in columns for name in way)]
        if not found:
            if self.default is None:
                raise ValueError(f"the header must name the column {self.ways[0][0]}")
            return ()
        given = [next(name for name in way if name in columns) for way in found]
        if len(found) > 1:
            raise ValueError(f"the header must name {given[0]} or {given[1]}, not both")
        if missing := [name for name in found[0] if name not in columns]:
            raise ValueError(f"the header must name {missing[0]} beside {given[0]}")
        return found[0]


STRIDE = Attribute((("stride",), ("stride_h", "stride_w")))
DILATION = Attribute((("dilation",), ("dilation_h", "dilation_w")), default=1)
PADDING = Attribute(
    (
        ("padding",),
        ("padding_h", "padding_w"),
        ("padding_top", "padding_bottom", "padding_left", "padding_right"),
    )
)
GROUPS = Attribute((("groups",),))
BATCH = Attribute((("batch",),), default=1)
ATTRIBUTES = (STRIDE, PADDING, GROUPS, DILATION, BATCH)
KNOWN = (*NEEDED, *(name for a in ATTRIBUTES for way in a.ways for name in way))
BY_PLAIN = {plain_name(column): column for column in KNOWN} | SPELLINGS


class OwnForm:
    """The form of examples/networks."""

    example = (
        "layer,in_channels,out_channels,in_h,in_w,kernel_h,kernel_w,stride,padding,groups"
    )

    def fit(self, header: Sequence[str]) -> int:
        """The number of this form's names in a header; 0 without a name that only this form has."""
        names = {plain_name(cell) for cell in header}
        return len(names & BY_PLAIN.keys()) if names & set(CHARACTERISTIC) else 0

    def columns(self, header: Sequence[str], notes: Notes) -> "OwnColumns":
        """The columns of a header.

        Raises
        ------
        ValueError
            If a column is missing, repeated or misspelt.
        """
        return OwnColumns(header, notes)


class OwnColumns:
    """The columns of one table."""

    def __init__(self, header: Sequence[str], notes: Notes):
        self.notes = notes
        self.header = [BY_PLAIN.get(plain_name(cell), cell) for cell in header]
        while not self.header[-1]:  # a separator at the end makes no column
            self.header.pop()
        for name in KNOWN:
            if self.header.count(name) > 1:
                raise ValueError(f"the header must name {name} once, not twice")
        for name in self.header:
            if name and name not in KNOWN:
                refuse_similar(name, KNOWN)
        for name in NEEDED:
            if name not in self.header:
                raise ValueError(f"the header must name the column {name}")
        self.ways = {attribute: attribute.way(self.header) for attribute in ATTRIBUTES}

    def name(self, cells: Sequence[str]) -> str:
        """The name of a row's layer; empty if the row is too short."""
        place = self.header.index("layer")
        return cells[place] if place < len(cells) else ""

    def layer(self, cells: Sequence[str], name: str, batch: int) -> ConvLayer:
        """The layer of a row, with the name ``name``, for ``batch`` images.

        Raises
        ------
        ValueError
            For a row of another length, a cell without a column, and numbers that make no layer.
        """
        wanted = len(self.header)
        if len(cells) < wanted or any(cells[wanted:]):
            raise ValueError(f"there must be {wanted} cells, not {len(cells)}")
        row = {}
        for place, (name, cell) in enumerate(zip(self.header, cells[:wanted], strict=True), 1):
            if name in KNOWN:
                row[name] = cell
            elif name:
                leave_out(name, cell, self.notes)
            elif cell:
                raise ValueError(
                    f"cell {place} must be empty, as the header has no name for it, "
                    f"not {shortened(cell)!r}"
                )
        return self._layer(row, batch)

    def is_title(self, cells: Sequence[str]) -> bool:
        """Whether a row is a section's title: it has nothing but a name."""
        return bool(self.name(cells)) and sum(map(bool, cells)) == 1

    def looks_like_a_layer(self, cells: Sequence[str]) -> bool:
        """False: every reader of this form takes a comment for a comment."""
        return False

    def _layer(self, row: Mapping[str, str], batch: int) -> ConvLayer:
        def number(name: str) -> int:
            return integer(name, row[name])

        kernel, extent = (number("kernel_h"), number("kernel_w")), (number("in_h"), number("in_w"))
        stride, dilation = (self._pair(which, number, 1) for which in (STRIDE, DILATION))
        before, after = self._padding(row, number, extent, kernel, stride, dilation)
        return ConvLayer(
            N=images(check_int("batch", self._pair(BATCH, number, 1)[0], 1), batch),
            IC=number("in_channels"), OC=number("out_channels"), IX=extent[0], IY=extent[1],
            KX=kernel[0], KY=kernel[1], stride=stride, dilation=dilation,
            padding=before, padding_after=after, groups=number("groups"),
        )

    def _pair(self, attribute: Attribute, number: Numbers, low: int) -> Pair:
        """A pair (x, y), from one number for both axes or one for each."""
        values = [check_int(name, number(name), low) for name in self.ways[attribute]]
        default = [attribute.default] if attribute.default is not None else []
        values = values or default
        return values[0], values[-1]

    def _padding(
        self, row: Mapping[str, str], number: Numbers, extent: Pair, kernel: Pair, stride: Pair,
        dilation: Pair,
    ) -> tuple[Pair, Pair]:
        """The padding before and after the input, each as (x, y)."""
        way = self.ways[PADDING]
        if len(way) == 4:
            top, bottom, left, right = (check_int(name, number(name), 0) for name in way)
            return (top, left), (bottom, right)
        word = row[way[0]].lower() if way == ("padding",) else ""
        if word == "same":
            x, y = zip(extent, kernel, stride, dilation, strict=True)
            (top, bottom), (left, right) = same_padding(*x), same_padding(*y)
            return (top, left), (bottom, right)
        both = (0, 0) if word == "valid" else self._pair(PADDING, number, 0)
        return both, both


def same_padding(extent: int, kernel: int, stride: int, dilation: int) -> Pair:
    """The padding before and after an axis in TensorFlow's ``SAME``: ceil(extent / stride) outputs.

    If it is odd, there is one more after. With stride 1 this is PyTorch's ``'same'``.
    """
    outputs = -(-extent // stride)
    total = max(0, (outputs - 1) * stride + dilation * (kernel - 1) + 1 - extent)
    return total // 2, total - total // 2
