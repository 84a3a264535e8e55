"""The padding value in place of words that lie outside the input."""

from amaranth.hdl import *

from convolith.hw.cells.copies import copies
from convolith.hw.cells.products import has_cells
from convolith.model.options.config import ArrayConfig

__all__ = ["padded"]

FAN_OUT = 64  # bits that one copy of the decision drives


def padded(m: Module, platform, config: ArrayConfig, word: Value, *, outside, value) -> Value:
    """``word``, or ``value`` in each lane if the word lies outside the input.

    ``outside`` says so a cycle before the word comes: it goes through a register for every few
    lanes (`copies`).
    """
    lanes = min(config.lanes, max(1, FAN_OUT // config.act_bits))
    if not has_cells(platform):
        lanes = config.lanes
    starts = range(0, config.lanes * config.act_bits, lanes * config.act_bits)
    chosen = copies(m, platform, outside, len(starts), name="outside")
    pieces = []
    for start, pad in zip(starts, chosen, strict=True):
        piece = word[start : start + lanes * config.act_bits]
        pieces.append(Mux(pad, Cat([value] * (len(piece) // config.act_bits)), piece))
    return Cat(pieces)
