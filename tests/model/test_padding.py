"""Padding as PyTorch has it."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from convolith.model.layer import ConvLayer
from convolith.model.padding import pad_input


@pytest.mark.parametrize("kernel", [1, 2, 3, 4])
@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_same(kernel, dilation):
    layer = ConvLayer.from_shapes((1, 1, 9, 8), (1, 1, kernel, 3), padding="same",
                                  dilation=(dilation, 1))
    assert layer.y_shape == (1, 1, 9, 8)
    # What comes first is not more than what comes last.
    total = dilation * (kernel - 1)
    assert layer.padding[0] == total // 2
    assert (layer.padding_after or layer.padding)[0] == total - total // 2
    x = torch.arange(72.0, dtype=torch.float64).reshape(1, 1, 9, 8)
    w = torch.arange(1.0, 3 * kernel + 1, dtype=torch.float64).reshape(1, 1, kernel, 3)
    expected = functional.conv2d(x, w, padding="same", dilation=(dilation, 1))
    padded = pad_input(x.numpy(), layer.padding, layer.padding_after or layer.padding, "zeros")
    found = functional.conv2d(torch.from_numpy(padded), w, dilation=(dilation, 1))
    assert torch.equal(found, expected)


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_modes(mode):
    x = torch.arange(24.0).reshape(1, 2, 3, 4)
    found = pad_input(x.numpy(), (1, 3), (2, 0), mode)
    assert np.array_equal(found, functional.pad(x, (3, 0, 1, 2), mode=mode).numpy())
    line = torch.arange(8.0).reshape(1, 2, 4)
    found = pad_input(line.numpy(), (0, 3), (0, 2), mode)
    assert np.array_equal(found, functional.pad(line, (3, 2), mode=mode).numpy())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"padding": "full"}, "padding must be numbers, 'same' or 'valid', not 'full'"),
        ({"padding": "same", "stride": (1, 2)}, r"padding 'same' needs stride 1, not \(1, 2\)"),
    ],
)
def test_refused(arguments, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        ConvLayer.from_shapes((1, 1, 5, 5), (1, 1, 3, 3), **arguments)


@pytest.mark.parametrize(
    ("mode", "size", "message"),
    [
        ("mirror", 1, "padding_mode must be one of zeros, reflect, replicate, circular, not"),
        ("reflect", 4, "padding_mode 'reflect' allows a padding of at most 3 where the input has"),
        ("circular", 5, "padding_mode 'circular' allows a padding of at most 4 where the input"),
    ],
)
def test_refused_modes(mode, size, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        pad_input(np.zeros((1, 1, 4)), (0, size), (0, 0), mode)
