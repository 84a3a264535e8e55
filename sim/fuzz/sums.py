"""Sums that are hard to round, through PyTorch's own operators: a layer that gives chosen sums.

Each output channel has two inputs of its own. They are the digits of a number that is added to a
common sum (fbgemm) or to the channel's bias (qnnpack). So every output of every row has its own
sum, and half of the sums are near a tie. Neighbouring inputs are never both used, so that no kernel
saturates.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.options.config import ArrayConfig
from convolith.sim.layers.case import Case
from convolith.sim.layers.quantized.description import described_layer
from convolith.sim.layers.quantized.reference import QuantizedReference

__all__ = ["CASES", "SumCase", "draw_sums"]

CHANNELS, ROWS = 32, 1000
CASES = CHANNELS * ROWS
COMMON = 1040  # inputs of each sign that make the common sum: up to 2**25
DIGIT, MOST = 127, 255
REACH = DIGIT * MOST  # of the digits
MOST_AIM = 2**31 - 2**18


@dataclass(frozen=True)
class SumCase:
    """Inputs, weights and a layer's description, with a chosen sum for each output.

    ``linear``: a linear layer. Without it, a 1x1 convolution.
    """

    x: NDArray[np.int64]
    w: NDArray[np.int64]
    bias: NDArray[np.float32]
    quantized: dict[str, Any]
    linear: bool

    def wrong(self) -> Case | None:
        """The first output in which model and PyTorch differ, as a case; None if all are equal."""
        x, w = self.x, self.w
        if not self.linear:
            x, w = x.T[None, :, None], w[:, :, None, None]
        layer = described_layer(self.quantized, w, self.bias)
        zero = layer.input_zero_point
        # Exact: below 2**53.
        sums = ((self.x - zero).astype(float) @ self.w.T.astype(float)).astype(np.int64)
        found = layer.apply(sums + layer.arithmetic.bias)
        expected = QuantizedReference(layer=layer, x=x).module_output()
        expected = expected if self.linear else expected[0, :, 0].T
        if np.array_equal(found, expected):
            return None
        row = np.argwhere(found != expected)[0][0]
        mode = "int32" if self.quantized["engine"] == "qnnpack" else "float32"
        config = ArrayConfig(rows=2, cols=4, post_lanes=2, post_mode=mode)
        return Case(
            config=config, x=self.x[row : row + 1].astype(np.uint8), w=self.w.astype(np.int8),
            bias=self.bias, quantized=self.quantized,
        )


def draw_sums(engine: str, rng: np.random.Generator) -> SumCase:
    """Draws scales of all sizes. Half of the sums are within 2 of a tie, or of the range's ends."""
    per_channel, linear = (bool(bit) for bit in rng.integers(2, size=2))
    zero, output_zero = int(rng.choice((0, 0, 3, 255))), int(rng.integers(256))
    step_in, step_out = np.exp2(rng.uniform(-10, 10, 2))
    size = rng.uniform(-29, 5, CHANNELS if per_channel else 1)
    if per_channel:
        size[rng.random(CHANNELS) < 0.05] = -110  # products that are hardly normal numbers
    if engine != "qnnpack" or not per_channel:
        size = np.minimum(size, 4)
    step = np.exp2(size) * step_out / step_in
    multiplier = np.broadcast_to(step * step_in / step_out, CHANNELS)
    # The sums that give k + 1/2, where there is one; the rest is up to the digits.
    k = rng.integers(-output_zero - 1, MOST - output_zero + 1, CHANNELS)
    far = rng.random(CHANNELS) < 0.1
    k = np.where(far, np.exp2(rng.uniform(8, 28, CHANNELS)) * rng.choice((-1, 1), CHANNELS), k)
    ties = (k + 0.5) / multiplier
    common = np.zeros(ROWS, dtype=np.int64)
    if engine != "qnnpack" and not zero:
        common += int(np.exp2(rng.uniform(0, 25)) * rng.choice((-1, 1)))
        common += rng.integers(0, 1000, ROWS)
    offset = zero * (DIGIT + 1)  # of the digits' zero points
    aim = np.clip(ties - common.mean() - REACH / 2 + offset, -MOST_AIM, MOST_AIM)
    bias = (aim * (step_in * np.broadcast_to(step, CHANNELS))).astype(np.float32)
    quantized = {
        "engine": engine,
        "input": {"scale": float(step_in), "zero_point": zero},
        "weight": {"scale": step.tolist() if per_channel else float(step[0])},
        "output": {"scale": float(step_out), "zero_point": output_zero,
                   "relu": bool(rng.integers(2))},
    }
    reached = np.rint(aim) + common[:, None]
    near = np.rint(ties) + rng.integers(-2, 3, (ROWS, CHANNELS)) - reached + offset
    digits = np.where(rng.random((ROWS, CHANNELS)) < 0.5, near, rng.integers(0, REACH, near.shape))
    digits = np.clip(digits, 0, REACH).astype(np.int64)
    x, w = _laid_out(common, digits, zero)
    return SumCase(x, w, bias, quantized, linear)


def _laid_out(
    common: NDArray[np.int64], digits: NDArray[np.int64], zero: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Inputs and weights."""
    count = COMMON if common.any() else 0
    used = 2 * count + 2 * CHANNELS
    x = np.full((len(digits), used), zero, dtype=np.int64)
    w = np.zeros((CHANNELS, used), dtype=np.int64)
    if count:  # the greatest inputs first
        left = np.abs(common)[:, None] // DIGIT - np.arange(count) * MOST
        part = np.clip(left, 0, MOST)
        x[:, :count] = np.where(common[:, None] > 0, part, 0)
        x[:, count : 2 * count] = np.where(common[:, None] < 0, part, 0)
        w[:, :count], w[:, count : 2 * count] = DIGIT, -DIGIT
    x[:, 2 * count :: 2], x[:, 2 * count + 1 :: 2] = digits % DIGIT, digits // DIGIT
    for channel in range(CHANNELS):
        w[channel, 2 * count + 2 * channel : 2 * count + 2 * channel + 2] = 1, DIGIT
    spaced_x = np.full((len(x), 2 * used), zero, dtype=np.int64)
    spaced_w = np.zeros((CHANNELS, 2 * used), dtype=np.int64)
    spaced_x[:, ::2], spaced_w[:, ::2] = x, w
    return spaced_x, spaced_w
