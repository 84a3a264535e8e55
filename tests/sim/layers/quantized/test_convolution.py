"""PyTorch's quantized modules on the array: its bytes, whichever engine, scheme and padding."""

import numpy as np
import pytest
import torch
from torch.ao.nn import quantized
from torch.ao.nn.intrinsic import quantized as fused

import convolith
from convolith.model.padding import pad_input
from convolith.sim.engines.model import ModelSimulator
from convolith.sim.layers.quantized.config import quantized_config
from convolith.sim.layers.quantized.convolution import QuantizedConvolution
from convolith.sim.layers.quantized.engine import saturates, using
from convolith.sim.layers.quantized.module import input_of, layer_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")

MODULES = {
    "conv1d": (lambda: quantized.Conv1d(4, 6, 3, padding=2, dilation=2), (2, 4, 9)),
    "conv2d": (lambda: quantized.Conv2d(5, 7, (3, 2), stride=(1, 2), padding=(1, 1)), (2, 5, 6, 5)),
    "groups": (lambda: quantized.Conv2d(6, 9, 3, groups=3, padding=1), (1, 6, 5, 4)),
    "depthwise": (lambda: quantized.Conv2d(9, 9, 3, groups=9, padding=1), (2, 9, 5, 7)),
    "reflect": (lambda: quantized.Conv2d(3, 4, 3, padding=2, padding_mode="reflect"), (1, 3, 5, 6)),
    "relu": (lambda: fused.ConvReLU2d(3, 8, 3, padding=1), (2, 3, 6, 6)),
    "relu1d": (lambda: fused.ConvReLU1d(3, 8, 3), (2, 3, 11)),
    "linear": (lambda: quantized.Linear(20, 9), (2, 3, 20)),
    "linear relu": (lambda: fused.LinearReLU(11, 5), (4, 11)),
}
SCHEMES = ("per tensor", "zero point", "per channel", "zero points per channel")


def made(name, engine, scheme, seed=0, *, bias=True, most=60):
    """A module and an input; weights up to ``most`` add up exactly in every engine."""
    rng = np.random.default_rng(seed)
    build, x_shape = MODULES[name]
    with using(engine):
        module = build()
        shape = tuple(module.weight().shape)
        integers = torch.from_numpy(rng.integers(-most, most + 1, shape, dtype=np.int8))
        zero_points = rng.integers(-20, 20, shape[0]) * ("zero" in scheme)
        scales = rng.uniform(0.002, 0.05, shape[0])
        if "channel" in scheme:
            weight = torch._make_per_channel_quantized_tensor(
                integers, torch.from_numpy(scales), torch.from_numpy(zero_points), 0
            )
        else:
            weight = torch._make_per_tensor_quantized_tensor(
                integers, scales[0], int(zero_points[0])
            )
        module.set_weight_bias(weight, torch.from_numpy(rng.normal(0, 2, shape[0])).float()
                               if bias else None)
    scale = float(rng.uniform(0.002, 0.05))
    x = torch._make_per_tensor_quantized_tensor(
        torch.from_numpy(rng.integers(0, 256, x_shape, dtype=np.uint8)), scale,
        int(rng.integers(0, 256)),
    )
    # So that most outputs are between the least and the greatest.
    spread = scale * scales.mean() * 60 * most * np.prod(shape[1:]) ** 0.5
    module.scale, module.zero_point = float(spread / 50), int(rng.integers(60, 200))
    return module, x


def output_of(module, x, engine):
    """What the module gives by itself."""
    with using(engine):
        return module(x)


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("engine", ["qnnpack", "fbgemm"])
def test_every_module(engine, scheme, name):
    """From the words in the memories, without RTL."""
    for seed in range(4):
        module, x = made(name, engine, scheme, seed, bias=seed != 3)
        expected = output_of(module, x, engine)
        layer, arguments = layer_of(module, *input_of(x)[1:], engine)
        config = quantized_config(layer, {"rows": 3, "cols": 4, "dot": 2})
        convolution = QuantizedConvolution.prepare(config, layer, input_of(x)[0], **arguments)
        result = convolution.run(ModelSimulator())
        assert result.reference.by_pytorch
        assert result.equal
        assert len(np.unique(result.output)) > 4
        # The very module's, not one that we have made again.
        assert np.array_equal(result.output, expected.int_repr().numpy())


@pytest.mark.parametrize("name", ["conv2d", "depthwise", "linear relu"])
@pytest.mark.parametrize("engine", ["qnnpack", "fbgemm"])
def test_the_rtl(engine, name):
    module, x = made(name, engine, "per channel")
    found = convolith.run(module, x, engine=engine, rows=4, cols=4, dot=2, simulator="amaranth")
    expected = output_of(module, x, engine)  # afterwards: the module is as it was
    assert torch.equal(found.output.int_repr(), expected.int_repr())
    assert found.output.q_scale() == expected.q_scale()
    assert found.output.q_zero_point() == expected.q_zero_point()
    assert found.equal
    assert found.cycles == found.result.model_cycles
    assert found.result.config.post_lanes == 2


def test_saturating_engines_are_not_believed():
    """Sums of the greatest operands: what fbgemm gives depends on the machine."""
    module, x = made("conv2d", "fbgemm", "per tensor", most=127)
    found = convolith.run(module, x, engine="fbgemm", rows=4, cols=4, simulator="amaranth")
    assert found.equal
    name = "exact sums" if saturates("fbgemm") else "PyTorch's fbgemm"
    assert found.result.reference.name == name


def test_pytorchs_own_engine_is_used(monkeypatch):
    module, x = made("conv2d", "qnnpack", "per tensor")
    monkeypatch.setattr(torch.backends.quantized, "engine", "qnnpack")
    found = convolith.run(module, x, rows=2, cols=4, simulator="amaranth")
    assert found.result.reference.name == "PyTorch's qnnpack"


def test_x86_is_fbgemm_or_refused(monkeypatch):
    module, x = made("conv2d", "x86", "per tensor")
    monkeypatch.setattr("convolith.sim.layers.quantized.engine.has_vnni", lambda: False)
    layer, _ = layer_of(module, 0.1, 3, "x86")
    assert layer.engine == "fbgemm"
    monkeypatch.setattr("convolith.sim.layers.quantized.engine.has_vnni", lambda: True)
    with pytest.raises(ValueError, match="qnnpack or fbgemm on this machine, not 'x86'"):
        layer_of(module, 0.1, 3, "x86")
    linear, _ = made("linear", "x86", "per tensor")
    assert layer_of(linear, 0.1, 3, "x86")[0].engine == "fbgemm"


def refused(match, module, x, **more):
    with pytest.raises((TypeError, ValueError), match=match):
        convolith.run(module, x, simulator="amaranth", **({"rows": 2, "cols": 4} | more))


def test_refused():
    module, x = made("conv2d", "qnnpack", "per tensor")
    refused("must be a quint8 tensor, not torch.float32", module, x.dequantize())
    refused("must be one of qnnpack, fbgemm, x86, tflite, not 'onednn': it mul", module, x,
            engine="onednn")
    for name in ("intel", "tflite"):
        refused(f"module must be one of qnnpack, fbgemm, x86, not '{name}'", module, x, engine=name)
    refused("an engine is of quantized modules, not of Conv2d", torch.nn.Conv2d(1, 1, 1),
            torch.ones(1, 1, 2, 2), engine="qnnpack")
    refused("the input's channels must be the weight's times groups", module, x[:, :3],
            engine="qnnpack")
    refused("act_bits must be at least 8 for quint8, not 6", module, x, engine="qnnpack",
            act_bits=6)
    refused("post_lanes must be at least 1 for a quantized layer, not 0", module, x,
            engine="qnnpack", post_lanes=0)
    refused("post_mode must be tflite for shifts|post_mode must be int32 or float32 for float32",
            module, x, engine="qnnpack", post_mode="tflite")
    module, x = made("conv2d", "fbgemm", "zero point")
    refused("post_mode must be float32 for a bias that is a float32, not int32", module, x,
            engine="fbgemm", post_mode="int32")
    refused("weight_bits must be at least 8 for these weights", module, x, engine="fbgemm",
            weight_bits=4)
    module.scale = 1e-35
    refused(r"must be less than 2\*\*31, not|must be less than 64 where", module, x,
            engine="fbgemm")
    module.scale = 1e38
    refused("must be a normal float32, not", module, x, engine="fbgemm")


@pytest.mark.parametrize("engine", ["qnnpack", "fbgemm"])
@pytest.mark.parametrize("scale", [0.0, -1.0, np.inf, np.nan, 1e-45, 3e38])
def test_bad_scales_are_a_sentence(engine, scale):
    """Whatever PyTorch itself says of them."""
    for name in ("conv2d", "linear"):
        module, x = made(name, engine, "per tensor")
        module.scale = scale
        refused("the scale of the output must be positive|must be a normal float32|must be less "
                "than", module, x, engine=engine)


def test_bad_zero_points_are_a_sentence():
    module, x = made("conv2d", "qnnpack", "per tensor")
    module.zero_point = 3.5
    refused("the output's zero point must be an integer, not 3.5", module, x, engine="qnnpack")
    module.zero_point = 256
    refused("the output's zero point must be from 0 to 255, not 256", module, x, engine="qnnpack")


def one_step_of_bias(engine, weight):
    """A bias of 1.2 steps of a sum, an output of two: qnnpack takes 1 for it, fbgemm 1.2.

    So 0 is 1 / 2, and to the even one, 0, for qnnpack, but 1.2 / 2, and so 1, for fbgemm.
    """
    with using(engine):
        module = quantized.Conv2d(2, 1, 1)
        integers = torch.full((1, 2, 1, 1), weight, dtype=torch.int8)
        module.set_weight_bias(torch._make_per_tensor_quantized_tensor(integers, 0.5, 0),
                               torch.tensor([0.3]))
    module.scale, module.zero_point = 0.5, 0
    integers = torch.zeros((1, 2, 2, 3), dtype=torch.uint8)
    integers[0, 0] = torch.arange(6).reshape(2, 3)
    return module, torch._make_per_tensor_quantized_tensor(integers, 0.5, 0)


OUTPUTS = {"qnnpack": [0, 1, 2, 2, 2, 3], "fbgemm": [1, 1, 2, 2, 3, 3]}


# Two weights of 127 may saturate on some machines: then sums are computed by other means.
@pytest.mark.parametrize("weight", [1, 127])
@pytest.mark.parametrize(("engine", "other"), [("qnnpack", "fbgemm"), ("fbgemm", "qnnpack")])
def test_a_module_of_another_engine_is_refused(engine, other, weight):
    module, x = one_step_of_bias(engine, weight)
    given = output_of(module, x, engine).int_repr().flatten().tolist()
    assert given[0] == OUTPUTS[engine][0] != OUTPUTS[other][0]
    if weight == 1:
        assert given == OUTPUTS[engine]
    refused("the engine must be the one that the module was made for", module, x, engine=other)
    assert convolith.run(module, x, engine=engine, simulator="amaranth", rows=2, cols=2).equal


def test_lanes_need_not_be_named_to_store(monkeypatch):
    module, x = made("conv2d", "qnnpack", "per tensor")
    found = convolith.run(module, x, engine="qnnpack", rows=2, cols=4, store_results=True,
                          simulator="amaranth")
    assert found.equal
    assert found.result.config.store_results
    assert found.result.as_json()["engine"] == "qnnpack"


def built(**changes):
    """A qnnpack module, changed by hand, and an input that fits it."""
    module, x = made("conv2d", "qnnpack", "per tensor")
    for name, value in changes.items():
        setattr(module, name, value)
    return module, x


def hooked():
    module, x = built()
    module.register_forward_pre_hook(lambda *_: None)
    return module, x


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (lambda: built(forward=lambda x: x), "^the module must have the forward of its class, but"),
        (lambda: built(stride=(2, 2)), "and its attributes as they were made, but it gives other"),
        (hooked, "^the module must have no forward hooks but those of torch.nn.utils.prune, but"),
    ],
)
def test_changed_modules(module, message):
    module, x = module()
    with pytest.raises((TypeError, ValueError), match=message):
        convolith.run(module, x, engine="qnnpack", simulator="amaranth", rows=2, cols=2)


def test_padding_modules_before_a_quantized_one():
    module, x = built()
    sizes = {"engine": "qnnpack", "simulator": "amaranth", "rows": 2, "cols": 2}
    padded = torch.nn.Sequential(torch.nn.ZeroPad2d((1, 0, 2, 0)), module)
    with using("qnnpack"):
        expected = padded(x).int_repr()
    assert torch.equal(convolith.run(padded, x, **sizes).output.int_repr(), expected)
    message = "^padding before a quantized module must .*, which CircularPad2d is not for this one$"
    with pytest.raises(ValueError, match=message):
        convolith.run(torch.nn.Sequential(torch.nn.CircularPad2d(1), module), x, **sizes)


@pytest.mark.parametrize("mode", ["replicate", "circular"])
def test_padding_is_judged_by_pytorchs_own(mode, monkeypatch):
    module, x = built()
    integers, scale, zero_point = input_of(x)
    layer, arguments = layer_of(module, scale, zero_point, "qnnpack")
    arguments |= {"padding": (1, 2), "padding_mode": mode}
    config = quantized_config(layer, {"rows": 2, "cols": 2})
    prepare = QuantizedConvolution.prepare
    assert prepare(config, layer, integers, **arguments).run(ModelSimulator()).equal

    def zeros(x, before, after, mode):
        return pad_input(x, before, after, "zeros")

    monkeypatch.setattr("convolith.sim.layers.quantized.convolution.pad_input", zeros)
    assert not prepare(config, layer, integers, **arguments).run(ModelSimulator()).equal
