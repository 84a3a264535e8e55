"""Products in a platform's own multiplier cells."""

from amaranth.hdl import *

from convolith.hw.cells.ecp5 import is_ecp5
from convolith.hw.cells.ecp5.multiplier import WIDTH as ECP5_WIDTH
from convolith.hw.cells.ecp5.multiplier import Multiplier as Ecp5Multiplier
from convolith.hw.cells.ice40 import is_ice40up
from convolith.hw.cells.ice40.multiplier import WIDTH as ICE40_WIDTH
from convolith.hw.cells.ice40.multiplier import Multiplier as Ice40Multiplier
from convolith.hw.cells.ice40.multiplier import fits_beside

__all__ = ["cell_products", "cells_take", "has_cells"]


def has_cells(platform) -> bool:
    """Whether we use the platform's own multiplier cells, with the registers inside them."""
    return is_ecp5(platform) or is_ice40up(platform)


def cells_take(platform, pairs: list[tuple[Value, Value]]) -> bool:
    """Whether there are such cells, and the signed operands are no wider than theirs."""
    most = ECP5_WIDTH if is_ecp5(platform) else ICE40_WIDTH if is_ice40up(platform) else 0
    return max(len(value) for pair in pairs for value in pair) <= most


def cell_products(m: Module, platform, pairs: list[tuple[Value, Value]]) -> list[Signal]:
    """The products of signed operands, two cycles later, if `cells_take` them."""
    terms = [
        (a, w, Signal(signed(len(a) + len(w)), name=f"product_{d}"))
        for d, (a, w) in enumerate(pairs)
    ]
    if is_ecp5(platform):
        for d, term in enumerate(terms):
            m.submodules[f"multiplier_{d}"] = Ecp5Multiplier(*term)
    else:
        together = 2 if fits_beside(*pairs[0]) else 1
        for d in range(0, len(terms), together):
            m.submodules[f"multiplier_{d}"] = Ice40Multiplier(terms[d : d + together])
    return [product for _, _, product in terms]
