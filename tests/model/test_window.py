"""Which input a range of outputs needs: by hand, by NumPy's sliding windows, by PyTorch's sums."""

import numpy as np
import pytest
import torch
from drawing import integers_of
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from torch.nn import functional

from convolith.model.window import Window, input_window, widest_window


@pytest.mark.parametrize(
    ("outputs", "window"),
    [
        # Five pixels, a kernel of three, a pixel of padding: output i takes pixels i - 1 to i + 1.
        (range(5), Window(0, 5, 1, 1)),
        (range(1, 3), Window(0, 4, 0, 0)),
        (range(0, 1), Window(0, 2, 1, 0)),
        (range(4, 5), Window(3, 5, 0, 1)),
    ],
)
def test_by_hand(outputs, window):
    assert input_window(outputs, extent=5, stride=1, padding=1, kernel_extent=3) == window


def test_a_stride_by_hand():
    # Output i takes pixels 3 * i - 2 to 3 * i + 1 of ten: -2 to 1, 1 to 4, 4 to 7, 7 to 10.
    axis = {"extent": 10, "stride": 3, "padding": 2, "kernel_extent": 4}
    found = [input_window(range(i, i + 1), **axis) for i in range(4)]
    assert found == [
        Window(0, 2, 2, 0), Window(1, 5, 0, 0), Window(4, 8, 0, 0), Window(7, 10, 0, 1)
    ]
    assert found[2].at_0 == Window(0, 4, 0, 0)
    # In pairs, pixels -2 to 4 and 4 to 10: five of them, and six.
    assert widest_window(range(0, 4, 2), 4, **axis) == Window(4, 10, 0, 1)


def test_padding_alone():
    # Of seven outputs the first and the last see nothing of the input's only pixel.
    for output in (0, 6):
        found = input_window(range(output, output + 1), extent=1, stride=1, padding=4,
                             kernel_extent=3)
        assert found == Window(0, 1, 3, -1)


def drawn(data, *, far=False):
    """An axis, and its outputs; with ``far`` padding that is wider than the kernel."""
    draw = integers_of(data)
    kernel_extent = draw(1, 6)
    padding = draw(0, 12 if far else kernel_extent - 1)
    extent = draw(max(1, kernel_extent - 2 * padding), 14)
    axis = {"extent": extent, "stride": draw(1, 4), "padding": padding,
            "kernel_extent": kernel_extent}
    return axis, (extent + 2 * padding - kernel_extent) // axis["stride"] + 1


def needed(outputs, *, extent, stride, padding, kernel_extent):
    """The coordinates that some outputs look at, padding included, by NumPy's sliding windows."""
    line = np.arange(-padding, extent + padding)
    return np.unique(sliding_window_view(line, kernel_extent)[::stride][list(outputs)])


@given(data=st.data())
def test_sliding_windows(data):
    axis, whole = drawn(data, far=True)
    draw = integers_of(data)
    start = draw(0, whole - 1)
    outputs = range(start, draw(start + 1, whole))
    coordinates = needed(outputs, **axis)
    low, high = int(coordinates[0]), int(coordinates[-1]) + 1
    inside = [c for c in range(low, high) if 0 <= c < axis["extent"]]
    found = input_window(outputs, **axis)
    if inside:
        assert found == Window(inside[0], inside[-1] + 1, inside[0] - low, high - inside[-1] - 1)
    else:
        assert found == Window(0, 1, high - low, -1)


@given(data=st.data(), seed=st.integers(0, 99))
def test_the_outputs_of_a_window(data, seed):
    """PyTorch gives the very outputs for the window and its padding."""
    axis, whole = drawn(data, far=True)
    draw = integers_of(data)
    start = draw(0, whole - 1)
    outputs = range(start, draw(start + 1, whole))
    rng = np.random.default_rng(seed)
    x, w = (torch.from_numpy(rng.integers(-9, 10, (1, 1, count)))
            for count in (axis["extent"], axis["kernel_extent"]))
    wanted = functional.conv1d(x, w, padding=axis["padding"], stride=axis["stride"])
    window = input_window(outputs, **axis)
    part = functional.pad(x[..., window.first : window.end], (window.before, window.after))
    found = functional.conv1d(part, w, stride=axis["stride"])
    assert torch.equal(found, wanted[..., outputs.start : outputs.stop])


@given(data=st.data())
def test_the_widest(data):
    """Of all parts of so many outputs one that has the most pixels of the input."""
    axis, whole = drawn(data, far=True)
    part = integers_of(data)(1, whole)
    starts = range(0, whole, part)
    counts = []
    for start in starts:
        coordinates = needed(range(start, min(start + part, whole)), **axis)
        span = range(int(coordinates[0]), int(coordinates[-1]) + 1)
        counts.append(max(1, sum(0 <= c < axis["extent"] for c in span)))
    found = widest_window(starts, whole, **axis)
    assert found.end - found.first == max(counts)
