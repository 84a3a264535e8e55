"""The Python API: torch modules in; output, cycles and utilization out."""

from functools import partial

import pytest
import torch
from torch import nn

import convolith

run = partial(convolith.run, simulator="amaranth")


def integers(*shape):
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randint(-128, 128, shape, generator=generator).float()


def with_integers(module):
    module.weight.data = integers(*module.weight.shape)
    if module.bias is not None:
        module.bias.data = integers(*module.bias.shape)
    return module


@pytest.mark.parametrize(
    ("module", "shape"),
    [
        (nn.Conv2d(4, 3, 3, padding=1), (2, 4, 5, 6)),
        (nn.Conv2d(4, 6, (2, 3), stride=(2, 1), groups=2, bias=False), (1, 4, 5, 6)),
        (nn.Conv1d(3, 2, 3, dilation=2, padding="same"), (2, 3, 8)),
        (nn.Conv1d(3, 2, 4, padding="valid"), (1, 3, 8)),
        (nn.Conv2d(2, 2, 2), (2, 4, 4)),
        (nn.Conv1d(2, 2, 2), (2, 4)),
    ],
)
def test_output_is_the_modules(module, shape):
    with_integers(module)
    x = integers(*shape)
    result = run(module, x, rows=2, cols=2)
    assert torch.equal(result.output, module(x).detach())
    assert result.output.dtype == torch.float32
    assert result.equal
    assert result.cycles == result.result.model_cycles
    assert 0 < result.utilization < 1


def test_sums_beyond_float32_come_as_float64():
    module = nn.Conv1d(2, 1, 1, bias=False)
    module.weight.data = torch.tensor([[[1.0], [32767.0]]])
    x = torch.tensor([[[1.0], [32767.0]]])
    result = run(module, x, rows=1, cols=1, act_bits=16, weight_bits=16)
    assert result.output.tolist() == [[[1.0 + 32767.0**2]]]
    assert result.output.dtype == torch.float64


def test_waves(tmp_path):
    module = with_integers(nn.Conv1d(1, 1, 2))
    waves = tmp_path / "conv.vcd"
    parameters = {"rows": 1, "cols": 1, "act_words": 8, "weight_words": 8}
    run(module, integers(1, 1, 4), waves=waves, **parameters)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["conv.gtkw", "conv.vcd"]


@pytest.mark.parametrize(
    ("module", "x", "error", "message"),
    [
        (nn.Linear(2, 2), torch.ones(1, 2), TypeError, "must be a torch.nn.Conv1d or Conv2d"),
        (nn.Conv1d(1, 1, 1), torch.ones(4), ValueError, "the input must have 3 axes, or 2, not 1"),
        (
            nn.Conv1d(1, 1, 3, padding=1, padding_mode="circular"),
            torch.ones(1, 1, 4),
            ValueError,
            "padding_mode must be 'zeros', not 'circular'",
        ),
        (
            nn.Conv1d(1, 1, 2, padding="same"),
            torch.ones(1, 1, 4),
            ValueError,
            r"padding 'same' must be equal on both sides, but the dilated kernel needs \[1\]",
        ),
    ],
)
def test_refused(module, x, error, message):
    with pytest.raises(error, match=message):
        run(module, x)


def test_names_of_the_package():
    assert set(convolith.__all__) <= set(dir(convolith))
    for name in convolith.__all__:
        assert getattr(convolith, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = convolith.nothing
