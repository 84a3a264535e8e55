"""SCALE-Sim's tables of matrix products: M x K by K x N, as 1x1 convolutions of M pixels."""

from collections.abc import Sequence

from convolith.model.layer import ConvLayer
from convolith.model.networks.columns import images, plain_name
from convolith.model.networks.notes import Notes
from convolith.model.networks.scalesim import (
    PositionalColumns,
    check_only,
    check_sparsity,
    positive,
)

__all__ = ["GemmForm"]

PLACES = {"layer": ("layer", "layer name"), "m": ("m",), "n": ("n",), "k": ("k",)}
ONLY = {"padding": 0, "groups": 1, "stride": 1, "dilation": 1}
"""Columns that a product cannot have, and the values with which they change nothing."""

BEHIND = {
    "sparsity": ("sparsity", "sparsity ratio"),
    "batch": ("batch", "batch size"),
    "padding": ("padding", "paddings", "pad"),
    "groups": ("groups", "group"),
    "stride": ("stride", "strides"),
    "dilation": ("dilation", "dilations"),
}
NAMES = {name for names in (*PLACES.values(), *BEHIND.values()) for name in names}


class GemmForm:
    """The form with a product per line."""

    example = "Layer,M,N,K"

    def fit(self, header: Sequence[str]) -> int:
        """The number of this form's names in a header; 0 without m, n and k."""
        names = {plain_name(cell) for cell in header}
        return len(names & NAMES) if {"m", "n", "k"} <= names else 0

    def columns(self, header: Sequence[str], notes: Notes) -> "GemmColumns":
        """The columns of a header.

        Raises
        ------
        ValueError
            If M, N and K are not in their places.
        """
        return GemmColumns(header, PLACES, BEHIND, notes)


class GemmColumns(PositionalColumns):
    """The columns of one table."""

    def layer(self, cells: Sequence[str], name: str, batch: int) -> ConvLayer:
        """The layer of a row, with the name ``name``, for ``batch`` images.

        Raises
        ------
        ValueError
            If a cell is missing, a number is not positive, or a cell belongs to no column.
        """
        row = self.cells(cells)
        m, n, k = (positive(column.upper(), row[column]) for column in ("m", "n", "k"))
        for column, only in ONLY.items():
            check_only(row, column, only, "a matrix product")
        own = positive("batch", row.get("batch", "1"))
        check_sparsity(row.get("sparsity"), name, self.notes)
        return ConvLayer(N=images(own, batch), IC=k, OC=n, IX=m, IY=1, KX=1, KY=1)
