"""Rows of sums behind the lanes: each becomes one or more words of L activations."""

import numpy as np

from convolith.model.arrays import Ints
from convolith.model.dataflow.ceil_div import ceil_div
from convolith.model.dataflow.dataflow import Dataflow

__all__ = ["chunks", "row_words", "whole_rows"]


def chunks(tiling: Dataflow) -> int:
    """Cycles in which the lanes take a row: only its columns with a channel, L at a time."""
    config, columns = tiling.config, len(tiling.first_outputs[1])
    return ceil_div(columns * config.chunks, config.cols)  # C / chunks are L


def row_words(tiling: Dataflow, rows: Ints) -> Ints:
    """Rows of C activations, (rows, C), as the words that leave, (words, L)."""
    lanes = tiling.config.post_lanes
    return rows[:, : chunks(tiling) * lanes].reshape(-1, lanes)


def whole_rows(tiling: Dataflow, words: Ints) -> Ints:
    """Rows of C activations, from words. Columns without a channel are 0."""
    rows = np.zeros((tiling.output_rows, tiling.config.cols), dtype=np.int64)
    columns = words.reshape(tiling.output_rows, -1)
    rows[:, : columns.shape[1]] = columns
    return rows
