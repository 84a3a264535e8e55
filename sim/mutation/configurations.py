"""The cores that are mutated: small ones, which together have every option and every dataflow."""

from typing import Any

from convolith.model.options.config import ArrayConfig

__all__ = ["CONFIGURATIONS"]

SMALL: dict[str, Any] = {
    "cols": 2, "act_bits": 8, "weight_bits": 9, "acc_bits": 32, "addr_bits": 8, "size_bits": 5,
    "act_words": 256, "weight_words": 256,
}
NOTHING_ADDED: dict[str, Any] = {"bias_words": 0, "sum_words": 0, "depthwise": False}

CONFIGURATIONS = {
    "plain": ArrayConfig(rows=3, dot=2, lanes=8, **SMALL, **NOTHING_ADDED),
    "sums": ArrayConfig(rows=4, lanes=4, bias_words=256, sum_words=32, **SMALL),
    "packed": ArrayConfig(rows=4, lanes=4, bias_words=256, sum_words=32, pack_edges=True, **SMALL),
    "stored": ArrayConfig(
        rows=4, lanes=4, bias_words=128, sum_words=0, post_lanes=1, store_results=True, **SMALL
    ),
    "float32": ArrayConfig(
        rows=2, bias_words=256, sum_words=32, depthwise=False, post_lanes=2, post_mode="float32",
        **SMALL,
    ),
    "tflite": ArrayConfig(
        rows=2, lanes=2, bias_words=128, sum_words=0, depthwise=False, post_lanes=1,
        post_mode="tflite", **SMALL,
    ),
}
"""By name. Their registers are short, so that layers of a few hundred cycles use all bits."""
