"""The demo's cases: the tutorial's convolutions and a photograph."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.reference.tutorial import CASES, TutorialCase
from convolith.sim.demo.photo import PHOTO_BITS, edge_kernels, load_photo
from convolith.sim.layers.plain.convolution import Convolution

__all__ = ["DemoCase", "photo_case", "tutorial_case", "tutorial_cases"]

PHOTO_SIZE = 66  # 64 x 64 edges: the kernel has no padding


@dataclass(frozen=True, kw_only=True)
class DemoCase:
    """A named convolution; ``printed`` is the output that the tutorial shows."""

    name: str
    convolution: Convolution
    printed: NDArray[np.float64] | None = None


def fitting_config(x: NDArray, w: NDArray, **parameters: Any) -> ArrayConfig:
    """An array with a lane per input channel, a column per output channel, just enough memory."""
    parameters |= {"bias_words": 0, "sum_words": 0, "depthwise": False}
    config = ArrayConfig(rows=x.shape[1], cols=w.shape[0], **parameters)
    tiling = DenseTiling(config, ConvLayer.from_shapes(x.shape, w.shape))
    return ArrayConfig(
        rows=config.rows,
        cols=config.cols,
        act_words=max(2, tiling.act_words),
        weight_words=max(2, tiling.weight_banks[0]),
        **parameters,
    )


def tutorial_case(case: TutorialCase) -> DemoCase:
    """A case of the tutorial on an array that fits it."""
    # Plain: the waveform is to show the tutorial's loops.
    config = fitting_config(case.x, case.w)
    convolution = Convolution.prepare(config, case.x, case.w, plain=True)
    return DemoCase(name=case.name, convolution=convolution, printed=case.printed)


def tutorial_cases() -> list[DemoCase]:
    """All of them, in the tutorial's order."""
    return [tutorial_case(case) for case in CASES]


def photo_case() -> DemoCase:
    """The photograph under the tutorial's kernel and its transpose."""
    x, w = load_photo(PHOTO_SIZE), edge_kernels()
    config = fitting_config(x, w, act_bits=PHOTO_BITS)
    return DemoCase(name="photograph", convolution=Convolution.prepare(config, x, w, plain=True))
