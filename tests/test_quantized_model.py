"""Whole quantized models on the array: every byte of every layer, wherever its input lies."""

import copy
import json

import numpy as np
import pytest
import torch
from torch import nn
from torch.ao.quantization import (
    DeQuantStub,
    MinMaxObserver,
    QConfig,
    QConfigMapping,
    QuantStub,
    convert,
    default_weight_observer,
    fuse_modules,
    get_default_qconfig,
    prepare,
)
from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

import convolith
from convolith.sim.model_sim import ModelSimulator
from convolith.sim.quantized.engine import using

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


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


@pytest.fixture(params=["qnnpack", "fbgemm"])
def engine(request):
    return request.param


@pytest.fixture
def net(engine):
    torch.manual_seed(1)
    x = torch.randn(7, 3, 6, 5)
    return quantized(Net(), x, engine), x


ARRAY = {"rows": 4, "cols": 4, "dot": 2}


def run(net, engine, **parameters):
    """On the model alone, checked."""
    model, x = net
    parameters = {"simulator": ModelSimulator(), **ARRAY, **parameters}
    found = convolith.run_model(model, x, engine=engine, **parameters)
    with using(engine):
        assert torch.equal(found.output, model(x))
    assert found.equal
    return {layer.name: layer.input for layer in found.layers}, found


IN_MEMORY = {
    "stem": "host", "depthwise": "memory", "pointwise": "memory", "first": "host",
    "second": "memory", "down": "host", "classes": "memory", "last": "memory",
}  # fmt: skip


def test_layers_that_follow_each_other_stay_in_the_memory(net, engine):
    inputs, found = run(net, engine)
    assert inputs == IN_MEMORY
    assert found.config.store_results
    assert found.config.post_mode == ("int32" if engine == "qnnpack" else "float32")
    assert [name.split()[0] for name in found.host] == [
        "quantize_per_tensor", "pool", "add_relu", "flatten", "dequantize"
    ]  # fmt: skip
    # Each layer's macs, of all images.
    assert found.layers[0].macs == 7 * 3 * 8 * 9 * 30
    assert found.cycles == sum(layer.cycles for layer in found.layers)
    values = json.loads(json.dumps(found.as_json()))
    assert values["cycles_per_image"] == found.cycles / 7
    assert values["layers"][1]["equal"] is True
    assert "classes" in found.table()
    assert "on the host: quantize_per_tensor, pool (MaxPool2d)" in found.table()


@pytest.mark.parametrize("simulator", ["amaranth", "verilator"])
def test_the_rtl(simulator):
    """By the simulators' own account of cycles, each layer's the model's."""
    torch.manual_seed(1)
    x = torch.randn(2, 3, 6, 5)
    inputs, _ = run((quantized(Net(), x, "qnnpack"), x), "qnnpack", simulator=simulator)
    assert inputs == IN_MEMORY


def test_fewer_images_at_a_time(net, engine):
    """Two images' 30 pixels of two layers, and no more: the pipeline is filled again and again."""
    small = {"act_words": 130}
    inputs, found = run(net, engine, **small)
    assert inputs == IN_MEMORY
    assert found.cycles > run(net, engine)[1].cycles


def test_what_does_not_fit_goes_by_way_of_the_host(net, engine):
    inputs, found = run(net, engine, act_words=20)
    assert inputs["depthwise"] == "host"
    assert inputs["classes"] == "memory"
    assert run(net, engine, store_results=False)[0] == dict.fromkeys(IN_MEMORY, "host")
    # 3 lanes cannot store: no power of two of them is a word.
    assert not run(net, engine, cols=3, post_lanes=3, lanes=8)[1].config.store_results


def test_modules_in_a_row():
    """As eager mode converts them; a padding mode; 1D; a linear layer behind a convolution."""
    torch.manual_seed(2)
    model = nn.Sequential(
        QuantStub(), nn.Conv1d(2, 4, 3, padding=1), nn.ReLU(), nn.Dropout(),
        nn.Conv1d(4, 4, 3, padding=1, padding_mode="reflect"), nn.Identity(),
        nn.Conv1d(4, 4, 1), nn.Flatten(), nn.Linear(28, 3), DeQuantStub(),
    )  # fmt: skip
    x = torch.randn(3, 2, 7)
    with using("qnnpack"):
        model.eval().qconfig = get_default_qconfig("qnnpack")
        prepared = prepare(fuse_modules(model, ["1", "2"]))
        prepared(x)
        model = convert(prepared)
    inputs, found = run((model, x), "qnnpack")
    assert list(inputs.values()) == ["host", "host", "memory", "memory"]
    assert found.layers[-1].shape == "1x4x7 * 3x4x7"


def test_a_wrong_byte_is_named(net, engine):
    class Wrong(ModelSimulator):
        def run(self, job):
            found = super().run(job)
            found.rows[-1][3, 1] ^= 1
            return found

    model, x = net
    found = convolith.run_model(model, x, engine=engine, simulator=Wrong(), **ARRAY)
    assert not found.equal
    pointwise = found.layers[2]
    assert pointwise.difference.startswith("output (0, 3, 0, 1) must be ")
    assert pointwise.difference.endswith(", the first of 1")
    assert f"pointwise: {pointwise.difference}" in found.table()
    assert found.layers[1].equal


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
}  # fmt: skip
CHAINED = {
    "linear of pixels": (linked(nn.Linear(6, 4), nn.Linear(4, 3)), (2, 5, 6), ["host", "memory"]),
    "called twice": (Twice(), (2, 3, 5, 4), ["host", "memory", "memory"]),
    "called by name": (Named(), (2, 3, 5, 4), ["host", "memory"]),
}  # fmt: skip


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


def test_a_model_of_another_engine_is_refused():
    torch.manual_seed(5)
    x = torch.randn(64, 3, 6, 5)  # of so many bytes some differ
    model = quantized(Net(), x, "fbgemm")
    with pytest.raises(ValueError, match="the engine must be the one that the module was made for"):
        convolith.run_model(model, x, engine="qnnpack", simulator=ModelSimulator(), **ARRAY)


class Sum(nn.Module):
    def forward(self, x, y):
        return x + y


class Branches(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


def test_refused(net, engine):
    model, x = net

    def refused(message, *arguments, error=ValueError, **more):
        with pytest.raises(error, match=message):
            convolith.run_model(*arguments, engine=engine, **{**ARRAY, **more})

    refused("the model must be in evaluation mode", Net(), x)
    refused("must have a module of torch.ao.nn.quantized", nn.Sequential(nn.Conv2d(3, 1, 1)).eval(),
            x)  # fmt: skip
    refused("must be one that torch.fx can trace, but: ", Branches().eval(), x, error=TypeError)
    refused("layer stem: weight_bits must be at least 8", model, x, weight_bits=3)
    refused("layer .*: act_words must be at least", model, x, act_words=2)
    refused("the simulator must be one of", model, x, simulator="fast")
    refused("post_lanes must be at least 1", model, x, post_lanes=0)
    refused("must be one of 1, 2|must be a divisor of cols", model, x, post_lanes=3)
    refused("the images must be a tensor of one or more, not ndarray", model, x.numpy())
    refused(r"the images must be a tensor of one or more, not \(0, 3, 6, 5\)", model, x[:0])
    refused("the model must run in PyTorch, but: ", model, x.double())
    refused("the model must run in PyTorch, but: |the input's channels must be", model, x[:, :2])
    refused("the model must take one tensor, not 2", Sum().eval(), x)


def test_saturating_sums_are_refused(monkeypatch):
    monkeypatch.setattr("convolith.sim.quantized.graph.exact_here", lambda *_: False)
    x = torch.randn(2, 3, 6, 5)
    model = quantized(Net(), x, "fbgemm")
    with pytest.raises(ValueError, match="layer stem: the engine must be qnnpack on this machine"):
        convolith.run_model(model, x, engine="fbgemm")


def test_the_same_as_layer_by_layer(net, engine):
    """`convolith.run` of a layer gives what it gives within its model."""
    model, x = net
    with using(engine):
        q = torch.quantize_per_tensor(x, float(model.stem_input_scale_0),
                                      int(model.stem_input_zero_point_0), torch.quint8)  # fmt: skip
    alone = convolith.run(model.stem, q, engine=engine, simulator="amaranth", **ARRAY)
    with using(engine):
        assert np.array_equal(alone.output.int_repr(), model.stem(q).int_repr())
