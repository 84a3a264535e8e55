"""Whole quantized models on the array: every byte of every layer, wherever its input lies."""

import json

import numpy as np
import pytest
import torch
from quantized_models import ARRAY, Net, quantized, run
from torch import nn

import convolith
from convolith.sim.engines.model import ModelSimulator
from convolith.sim.layers.quantized.engine import using

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


@pytest.fixture(params=["qnnpack", "fbgemm"])
def engine(request):
    return request.param


@pytest.fixture
def net(engine):
    torch.manual_seed(1)
    x = torch.randn(7, 3, 6, 5)
    return quantized(Net(), x, engine), x


IN_MEMORY = {
    "stem": "host", "depthwise": "memory", "pointwise": "memory", "first": "host",
    "second": "memory", "down": "host", "classes": "memory", "last": "memory",
}


def test_layers_that_follow_each_other_stay_in_the_memory(net, engine):
    inputs, found = run(net, engine)
    assert inputs == IN_MEMORY
    assert found.config.store_results
    assert found.config.post_mode == ("int32" if engine == "qnnpack" else "float32")
    assert [name.split()[0] for name in found.host] == [
        "quantize_per_tensor", "pool", "add_relu", "flatten", "dequantize"
    ]
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


def test_a_wrong_byte_is_named(net, engine):
    class Wrong(ModelSimulator):
        def run(self, program, **watch):
            found = super().run(program, **watch)
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
            x)
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
    monkeypatch.setattr("convolith.sim.layers.quantized.graph.exact_here", lambda *_: False)
    x = torch.randn(2, 3, 6, 5)
    model = quantized(Net(), x, "fbgemm")
    with pytest.raises(ValueError, match="layer stem: the engine must be qnnpack on this machine"):
        convolith.run_model(model, x, engine="fbgemm")


def test_the_same_as_layer_by_layer(net, engine):
    """`convolith.run` of a layer gives what it gives within its model."""
    model, x = net
    with using(engine):
        q = torch.quantize_per_tensor(x, float(model.stem_input_scale_0),
                                      int(model.stem_input_zero_point_0), torch.quint8)
    alone = convolith.run(model.stem, q, engine=engine, simulator="amaranth", **ARRAY)
    with using(engine):
        assert np.array_equal(alone.output.int_repr(), model.stem(q).int_repr())
