"""Layers of quantized models that follow each other: which have their input in the memory."""

import copy

import pytest
import torch
from quantized_models import run
from torch import nn
from torch.ao.quantization import (
    DeQuantStub,
    QuantStub,
    convert,
    fuse_modules,
    get_default_qconfig,
    prepare,
)

from convolith.sim.layers.quantized.engine import using

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


def test_modules_in_a_row():
    """As eager mode converts them; a padding mode; 1D; a linear layer behind a convolution."""
    torch.manual_seed(2)
    model = nn.Sequential(
        QuantStub(), nn.Conv1d(2, 4, 3, padding=1), nn.ReLU(), nn.Dropout(),
        nn.Conv1d(4, 4, 3, padding=1, padding_mode="reflect"), nn.Identity(),
        nn.Conv1d(4, 4, 1), nn.Flatten(), nn.Linear(28, 3), DeQuantStub(),
    )
    x = torch.randn(3, 2, 7)
    with using("qnnpack"):
        model.eval().qconfig = get_default_qconfig("qnnpack")
        prepared = prepare(fuse_modules(model, ["1", "2"]))
        prepared(x)
        model = convert(prepared)
    inputs, found = run((model, x), "qnnpack")
    assert list(inputs.values()) == ["host", "host", "memory", "memory"]
    assert found.layers[-1].shape == "1x4x7 * 3x4x7"


def linked(*modules):
    """Modules in a row, behind and before the floats."""
    return nn.Sequential(QuantStub(), *modules, DeQuantStub())


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.quant, self.dequant = QuantStub(), DeQuantStub()
        self.a, self.b = nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 4, 1)

    def forward(self, x):
        return self.dequant(self.b(self.a(self.a(self.quant(x)))))


class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.quant, self.dequant = QuantStub(), DeQuantStub()
        self.a, self.b = nn.Conv2d(3, 3, 3), nn.Conv2d(3, 4, 1)

    def forward(self, x):
        return self.dequant(self.b(input=self.a(self.quant(x))))


# What has the same shape, or is flat, and lies otherwise in memory; and what the host does to it.
ODD = {
    "linear on the last axis": (linked(nn.Conv1d(2, 4, 3, padding=1), nn.Linear(7, 5)), (3, 2, 7)),
    "convolution of a linear": (linked(nn.Linear(6, 8), nn.Conv1d(4, 4, 3)), (3, 4, 6)),
    "flat linear": (
        linked(nn.Linear(6, 4), nn.Flatten(), nn.Linear(20, 3)), (3, 5, 6)
    ),
    "relu in place": (
        linked(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.Conv2d(4, 4, 1)), (2, 3, 5, 5)
    ),
    "relu6 of channels last": (
        linked(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU6(), nn.Conv2d(8, 8, 3, groups=2)),
        (3, 3, 4, 4),
    ),
}
CHAINED = {
    "linear of pixels": (linked(nn.Linear(6, 4), nn.Linear(4, 3)), (2, 5, 6), ["host", "memory"]),
    "called twice": (Twice(), (2, 3, 5, 4), ["host", "memory", "memory"]),
    "called by name": (Named(), (2, 3, 5, 4), ["host", "memory"]),
}


def eager(model, x):
    with using("qnnpack"):
        model = copy.deepcopy(model).eval()
        model.qconfig = get_default_qconfig("qnnpack")
        prepared = prepare(model)
        prepared(x)
        return convert(prepared)


@pytest.mark.parametrize("name", [*ODD, *CHAINED])
def test_what_lies_otherwise_goes_by_way_of_the_host(name):
    torch.manual_seed(3)
    model, shape, *wanted = (ODD | CHAINED)[name]
    x = torch.randn(shape)
    inputs, found = run((eager(model, x), x), "qnnpack")
    if wanted:
        assert [layer.input for layer in found.layers] == wanted[0]
        assert name != "called twice" or list(inputs) == ["a (call 1)", "a (call 2)", "b"]
    else:
        assert "memory" not in inputs.values()
