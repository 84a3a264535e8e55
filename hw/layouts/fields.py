"""Amaranth layouts made from the fields that the model's options describe in plain numbers."""

from collections.abc import Iterable

from amaranth.hdl import Shape
from amaranth.lib import data

from convolith.model.options.unit import Field

__all__ = ["struct_of"]


def struct_of(fields: Iterable[Field]) -> data.StructLayout:
    """A structure with these fields, the first one in the lowest bits."""
    return data.StructLayout({field.name: _shape(field) for field in fields})


def _shape(field: Field) -> Shape | data.ArrayLayout:
    shape = Shape(field.bits, field.signed)
    return data.ArrayLayout(shape, field.count) if field.count else shape
