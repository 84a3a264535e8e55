"""Weights and sums of depthwise layers with shared words (`SharedTiling`).

Activations lie as those of a layer with one group: words of V channels, (n, x, y, block).

Weights lie in the order in which the array takes them, (block, m, part, phase_x, line, phase_y, b).
A word has D weights for each of the C columns: those of lane group g are at multiplier g. Between
the taps of a dilated kernel all are zero. With more than D lane groups there are two banks of
words, (block, m, part, bank, phase_x, ...), and group D + g is at multiplier g of the second one.

Sums leave in the order (block, m, part, n, px, py, g, i, j): i, j is the output within its patch.
"""

from typing import TYPE_CHECKING

import numpy as np

from convolith.model.dataflow.dataflow import Ints

if TYPE_CHECKING:
    from convolith.model.dataflow.shared.tiling import SharedTiling

__all__ = ["bias_rows", "bias_words", "channel_index", "output_tensor", "weight_words"]


def channel_index(tiling: "SharedTiling") -> Ints:
    """The input channel of each (block, part, g, column), or -1 where there is none."""
    config = tiling.config
    groups = config.lane_groups
    lane = np.arange(tiling.parts * groups * config.cols).reshape(
        tiling.parts, groups, config.cols
    )
    if config.cols > config.lanes:  # columns without a lane are idle
        column = np.arange(config.cols)
        lane = np.where(column < config.lanes, column, config.lanes)[None, None, :]
    blocks = np.arange(tiling.pixel_words)[:, None, None, None]
    channel = blocks * config.lanes + lane
    return np.where((lane < config.lanes) & (channel < tiling.layer.IC), channel, -1)


def _taps(tiling: "SharedTiling") -> list[tuple[int, int]]:
    """The tap (kx, ky) of each weight word of a pass; (-1, -1) between dilated taps."""
    x, y = tiling.phases
    order = np.ndindex(x.count, x.reach + 1, y.count, y.reach + 1)
    taps = ((x.tap(phase_x, a), y.tap(phase_y, b)) for phase_x, a, phase_y, b in order)
    return [(-1, -1) if kx is None or ky is None else (kx, ky) for kx, ky in taps]


def weight_words(tiling: "SharedTiling", w: Ints) -> Ints:
    """The weight (``layer.w_shape``) as words: (words, C * D) values, column 0 first."""
    layer, config = tiling.layer, tiling.config
    # One channel and one tap more, of zeros: index -1 selects them.
    kernel = np.zeros((layer.IC + 1, layer.group_OC, layer.KX * layer.KY + 1), dtype=np.int64)
    kernel[:-1, :, :-1] = w.reshape(layer.IC, layer.group_OC, -1)
    taps = [kx * layer.KY + ky if kx >= 0 else -1 for kx, ky in _taps(tiling)]
    chosen = kernel[channel_index(tiling)][..., taps]  # block, part, g, column, m, tap
    banks = config.shared_banks
    words = np.zeros(
        (tiling.passes, banks, config.dot, len(taps), config.cols), dtype=np.int64
    )
    by_group = words.reshape(tiling.passes, banks * config.dot, len(taps), config.cols)
    by_group[:, : config.lane_groups] = chosen.transpose(0, 4, 1, 2, 5, 3).reshape(
        tiling.passes, config.lane_groups, len(taps), config.cols
    )
    return words.transpose(0, 1, 3, 4, 2).reshape(tiling.weight_words, config.cols * config.dot)


def bias_words(tiling: "SharedTiling", bias: Ints) -> Ints:
    """The bias, (OC,), as words, (words, C): one per (block, m, part, g)."""
    padded = np.zeros((tiling.layer.IC + 1, tiling.multiplier), dtype=np.int64)
    padded[:-1] = bias.reshape(tiling.layer.IC, tiling.multiplier)
    chosen = padded[channel_index(tiling)]  # block, part, g, column, m
    return chosen.transpose(0, 4, 1, 2, 3).reshape(-1, tiling.config.cols)


def bias_rows(tiling: "SharedTiling") -> Ints:
    """The number of the bias word of each row of sums: a pass has one per lane group."""
    layer, groups = tiling.layer, tiling.config.lane_groups
    patch = []  # for each patch of an image the lane group of each row of sums
    for px, py in np.ndindex(*tiling.patches):
        x = tiling.edge(0) if px == tiling.patches[0] - 1 else tiling.patch[0]
        y = tiling.edge(1) if py == tiling.patches[1] - 1 else tiling.patch[1]
        patch.append(np.repeat(np.arange(groups), x * y))
    image = np.concatenate(patch)
    passes = np.arange(tiling.passes)[:, None] * groups
    return (passes + np.tile(image, layer.N)).reshape(-1)


def output_tensor(tiling: "SharedTiling", rows: Ints) -> Ints:
    """The output tensor (``layer.y_shape``), from rows of C sums in the order they leave."""
    layer, config = tiling.layer, tiling.config
    channels = channel_index(tiling)
    y = np.zeros((layer.N, layer.IC, layer.group_OC, layer.OX, layer.OY), dtype=np.int64)
    passes = rows.reshape(tiling.passes, -1, config.cols)
    order = np.ndindex(tiling.pixel_words, layer.group_OC, tiling.parts)
    for (block, m, part), sums in zip(order, passes, strict=True):
        first = 0
        for n, px, py in np.ndindex(layer.N, *tiling.patches):
            x0, y0 = px * tiling.patch[0], py * tiling.patch[1]
            x1, y1 = min(x0 + tiling.patch[0], layer.OX), min(y0 + tiling.patch[1], layer.OY)
            outputs = (x1 - x0) * (y1 - y0)
            for group in channels[block, part]:
                valid = group >= 0
                patch = sums[first : first + outputs, valid].T
                y[n, group[valid], m, x0:x1, y0:y1] = patch.reshape(-1, x1 - x0, y1 - y0)
                first += outputs
    return y.reshape(layer.y_shape)
