"""A real photograph in, edges out, and the picture of both."""

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from convolith.model.arrays import Ints
from convolith.model.reference.tutorial import SOBEL

__all__ = ["PHOTO_BITS", "draw_edges", "edge_kernels", "load_photo"]

PHOTO_BITS = 9
"""Signed bits of a grey value: 0..255 does not fit 8."""

PHOTO = "grace_hopper.jpg"  # matplotlib's sample data; a work of the US Navy, public domain
SCALE = 4  # one pixel in this many, so that the crop shows a face
FACE = (38, 10)  # the crop's left upper corner, (column, row) of the reduced photo


def load_photo(size: int) -> Ints:
    """A grey crop of the photograph, (1, 1, size, size), 0..255."""
    # Here, as below, so that `convolith --help` does not wait for it.
    from matplotlib.cbook import get_sample_data
    from PIL import Image

    with Image.open(str(get_sample_data(PHOTO, asfileobj=False))) as image:
        grey = image.convert("L").reduce(SCALE)
        left, top = FACE
        crop = grey.crop((left, top, left + size, top + size))
    return np.asarray(crop, dtype=np.int64)[None, None]


def edge_kernels() -> Ints:
    """The tutorial's Sobel-like kernel and its transpose, (2, 1, 3, 3)."""
    return np.stack([SOBEL, SOBEL.T])[:, None]


def draw_edges(photo: NDArray[Any], edges: NDArray[Any], stream: BinaryIO | Path) -> None:
    """A PNG: the crop, the answers of both kernels, and their magnitude."""
    from matplotlib.figure import Figure

    vertical, horizontal = edges[0]
    reach = float(np.abs(edges).max())
    panels = (
        ("photograph", photo[0, 0], "gray", (0, 255)),
        ("kernel: vertical edges", vertical, "RdBu", (-reach, reach)),
        ("transpose: horizontal edges", horizontal, "RdBu", (-reach, reach)),
        ("magnitude", np.hypot(vertical, horizontal), "gray_r", (0, reach)),
    )
    figure = Figure(figsize=(13, 3.2), layout="constrained")
    for axes, (title, values, colours, (low, high)) in zip(
        figure.subplots(1, len(panels)), panels, strict=True
    ):
        drawn = axes.imshow(values, cmap=colours, vmin=low, vmax=high)
        axes.set_title(title)
        axes.set_axis_off()
        figure.colorbar(drawn, ax=axes, shrink=0.8)
    figure.savefig(stream, format="png", dpi=110)
