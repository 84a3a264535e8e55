"""Rows of sums as the hardware packs them."""

import numpy as np
from numpy.typing import NDArray

from convolith.model.config import ArrayConfig

__all__ = ["unpack_sums"]


def unpack_sums(config: ArrayConfig, payloads: list[int]) -> NDArray[np.int64]:
    """Payloads of the output stream, as integers, to (rows, C) signed sums."""
    bits = config.acc_bits
    mask, sign = (1 << bits) - 1, 1 << (bits - 1)
    return np.array(
        [
            [((payload >> (c * bits) & mask) ^ sign) - sign for c in range(config.cols)]
            for payload in payloads
        ],
        dtype=np.int64,
    ).reshape(-1, config.cols)
