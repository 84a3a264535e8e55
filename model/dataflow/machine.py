"""What the core computes from the words in its memories: the rows of sums, without a clock.

It reads the words as the hardware's addresses do, so that planning, relayout and splitting of a
layer can be checked without RTL.
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
        What lies outside the input.
    """
    return tiling.sums(pad_words(tiling.layer, act, padding_value), weight, bias)
