"""The loop variables of the user's own layer, cycle by cycle, whatever its layout on the array."""

from collections.abc import Sequence

import numpy as np

from convolith.model.arrays import Ints
from convolith.model.compile.piece import Piece
from convolith.model.compile.terms import NONE, PieceTerms
from convolith.model.layer import ConvLayer

__all__ = ["LoopVariables", "loop_names"]


def loop_names(layer: ConvLayer) -> tuple[str, ...]:
    """As in the tutorial, the outermost first. A 1D layer has one axis, called x."""
    if layer.dims == 1:
        return ("n", "oc", "ox", "ic", "kx")
    return ("n", "oc", "ox", "oy", "ic", "kx", "ky")


class LoopVariables:
    """The loop variables of the product that PE (0, 0) has just added.

    Where the PE adds D products at a time, it is the first of them that belongs to its output.
    ``ic`` counts within the group, as in PyTorch's weight; ``oc`` counts over all groups. In cycles
    without a product the variables stay as they were.

    Parameters
    ----------
    layer : ConvLayer
        As the user has it.
    pieces : sequence of Piece
    """

    def __init__(self, layer: ConvLayer, pieces: Sequence[Piece]):
        self.layer = layer
        self.terms = [PieceTerms(layer, piece) for piece in pieces]
        ends = np.cumsum([0, *(piece.cycles for piece in pieces)])
        self.begins = [int(end) for end in ends[:-1]]
        self.last = dict.fromkeys((*loop_names(layer), "piece", "tile"), 0)

    def take(self, first: int, count: int) -> dict[str, Ints]:
        """For each variable its values in ``count`` cycles from ``first`` on.

        Also ``mac`` (1: a product was added), ``piece`` and ``tile``. Calls must follow each other.
        """
        values = {name: np.full(count, NONE, dtype=np.int64) for name in self.last}
        values["mac"] = np.zeros(count, dtype=np.int64)
        for number, (terms, begin) in enumerate(zip(self.terms, self.begins, strict=True)):
            window = (first - begin, first + count - 1 - begin)
            if window[1] < 1 or window[0] > terms.piece.cycles:
                continue
            self._add(values, number, terms, first - begin)
        for name, last in self.last.items():
            values[name] = _held(values[name], last)
            self.last[name] = int(values[name][-1]) if count else last
        return values

    def _add(self, values: dict[str, Ints], number: int, terms: PieceTerms, first: int) -> None:
        """What a piece adds from its cycle ``first`` on."""
        count, layer = len(values["mac"]), self.layer
        w_shape = (layer.OC, layer.group_IC, layer.KX, layer.KY)
        for beat in terms.beats(terms.tiles_in((first, first + count - 1))):
            at = terms.first + beat.slot - first
            products = np.flatnonzero(beat.w[0, 0] != NONE)
            output = int(terms.outputs[beat.tile, 0, 0])
            if not 0 <= at < count or not len(products) or output == NONE:
                continue
            weight = int(beat.w[0, 0, products[0]])
            oc, ic, kx, ky = (int(i) for i in np.unravel_index(weight, w_shape))
            y_shape = (layer.N, layer.OC, layer.OX, layer.OY)
            n, _, ox, oy = (int(i) for i in np.unravel_index(output, y_shape))
            if layer.dims == 1:
                ox, kx = oy, ky
            found = {"n": n, "oc": oc, "ox": ox, "oy": oy, "ic": ic, "kx": kx, "ky": ky,
                     "piece": number, "tile": beat.tile, "mac": 1}
            for name in values:
                values[name][at] = found[name]


def _held(values: Ints, last: int) -> Ints:
    """Values in which `NONE` is what was there before."""
    places = np.where(values != NONE, np.arange(len(values)), -1)
    places = np.maximum.accumulate(places) if len(values) else places
    held: Ints = np.where(places >= 0, values[places], last)
    return held
