"""Quantized models for the tests, and runs of them on the model of the array."""

import torch
from torch import nn
from torch.ao.quantization import MinMaxObserver, QConfig, QConfigMapping, default_weight_observer
from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

import convolith
from convolith.sim.engines.model import ModelSimulator
from convolith.sim.layers.quantized.engine import using

ARRAY = {"rows": 4, "cols": 4, "dot": 2}


class Net(nn.Module):
    """All that can be between layers: nothing, a pool, a sum, another shape."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.pointwise = nn.Conv2d(8, 12, 1)
        self.pool = nn.MaxPool2d(2)
        self.first = nn.Conv2d(12, 12, 3, padding=1)
        self.second = nn.Conv2d(12, 12, 3, padding=1)
        self.down = nn.Conv2d(12, 6, 3, stride=2, padding=1)
        self.classes = nn.Linear(6 * 2 * 1, 5)
        self.last = nn.Linear(5, 3)
        self.relu = nn.ReLU()

    def forward(self, x):
        x = self.relu(self.stem(x))
        x = self.pool(self.pointwise(self.relu(self.depthwise(x))))
        x = self.relu(x + self.second(self.relu(self.first(x))))
        x = torch.flatten(self.down(x), 1)
        return self.last(self.relu(self.classes(x)))


def quantized(model, x, engine):
    torch.manual_seed(0)
    with using(engine):
        # Less than seven bits of activations: no engine's sums saturate.
        observer = MinMaxObserver.with_args(dtype=torch.quint8, quant_min=0, quant_max=120)
        mapping = QConfigMapping().set_global(QConfig(observer, default_weight_observer))
        prepared = prepare_fx(model.eval(), mapping, (x,))
        prepared(x)
        return convert_fx(prepared)


def run(net, engine, **parameters):
    """On the model alone, checked."""
    model, x = net
    parameters = {"simulator": ModelSimulator(), **ARRAY, **parameters}
    found = convolith.run_model(model, x, engine=engine, **parameters)
    with using(engine):
        assert torch.equal(found.output, model(x))
    assert found.equal
    return {layer.name: layer.input for layer in found.layers}, found
