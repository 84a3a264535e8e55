"""Texts with places for values."""

from collections.abc import Mapping
from string import Template

__all__ = ["filled"]


class _Text(Template):
    """``@@{name}``: Verilog itself uses ``$`` and ``@``, and scripts of pages use ``$``."""

    delimiter = "@@"


def filled(text: str, values: Mapping[str, object]) -> str:
    """A text with a value at each ``@@{name}``."""
    return _Text(text).substitute(values)
