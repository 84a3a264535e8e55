"""The rows of sums that the core computes from the words in its memories, without a clock.

The words are read in the order of the hardware's addresses. So planning, relayout and splitting of
a layer can be checked without RTL.
"""

from convolith.model.dataflow.dataflow import Dataflow, Ints, Words
from convolith.model.dataflow.pixels import pad_words

__all__ = ["rows_of_sums"]


def rows_of_sums(
    tiling: Dataflow,
    act: Words,
    weight: Words,
    bias: Words | None = None,
    *,
    padding_value: int = 0,
) -> Ints:
    """The sums in the order in which they leave, (output rows, C).

    Parameters
    ----------
    tiling : Dataflow
    act, weight : integer array
        Memory words, (words, V) and (words, C * D).
    bias : integer array, optional
        Words that are added, (words, C).
    padding_value : int
        The value outside the input.
    """
    return tiling.sums(pad_words(tiling.layer, act, padding_value), weight, bias)
