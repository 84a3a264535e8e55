"""Modules as PyTorch would run them: padding before a layer, pruning, changed ones, subclasses."""

from functools import partial

import pytest
import torch
from torch import nn
from torch.nn.utils import prune

import convolith

run = partial(convolith.run, simulator="amaranth", rows=2, cols=2)


def integers(*shape):
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randint(-20, 21, shape, generator=generator).float()


def with_integers(module):
    for parameter in module.parameters():
        parameter.data = integers(*parameter.shape)
    return module


@pytest.mark.parametrize(
    ("pad", "own", "loaded"),  # loaded: the input that the array has, its height and width
    [
        (nn.ZeroPad2d((1, 2, 0, 3)), 0, (5, 6)),
        (nn.ZeroPad2d((1, 2, 0, 3)), 1, (5, 6)),
        (nn.ZeroPad2d(2), (0, 2), (5, 6)),
        (nn.ConstantPad2d((3, 0, 0, 1), 0.0), 0, (5, 6)),
        (nn.ZeroPad1d((0, 3)), 1, (5, 6)),
        (nn.ZeroPad2d((1, 2, 0, 3)), "same", (8, 9)),
        (nn.ZeroPad2d((1, -2, 0, 0)), 0, (5, 5)),
        (nn.ConstantPad2d((1, 0, 2, 0), 5.0), 1, (7, 7)),
        (nn.ReflectionPad2d((1, 0, 2, 0)), 0, (7, 7)),
        (nn.ReplicationPad2d(1), 0, (7, 8)),
        (nn.CircularPad2d((0, 4, 0, 0)), 1, (5, 10)),
    ],
)
def test_padding_before_a_convolution(pad, own, loaded):
    module = with_integers(nn.Sequential(pad, nn.Conv2d(2, 3, 3, padding=own)))
    x = integers(2, 2, 5, 6)
    result = run(module, x)
    assert torch.equal(result.output, module(x))
    assert (result.result.layer.IX, result.result.layer.IY) == loaded


def test_padding_in_1d_twice_and_without_a_batch():
    layers = (nn.ZeroPad1d((2, 0)), nn.ReplicationPad1d(1), nn.ZeroPad1d((0, 1)))
    module = with_integers(nn.Sequential(*layers, nn.Conv1d(2, 3, 2, stride=2)))
    for shape in ((2, 2, 7), (2, 7)):
        assert torch.equal(run(module, integers(*shape)).output, module(integers(*shape)))


def test_zeros_around_other_padding_modes():
    """The zeros are within what is reflected."""
    conv = nn.Conv2d(1, 1, 3, padding=2, padding_mode="reflect")
    module = with_integers(nn.Sequential(nn.ZeroPad2d((1, 0, 0, 1)), conv))
    x = integers(1, 1, 4, 5)
    assert torch.equal(run(module, x).output, module(x))


@pytest.mark.parametrize("shape", [(0, 2, 5, 6), (2, 5, 6)])
def test_empty_batches_and_no_batch(shape):
    module = with_integers(nn.Conv2d(2, 3, 3, padding=1))
    result = run(module, integers(*shape))
    assert torch.equal(result.output, module(integers(*shape)))
    assert result.output.dtype == torch.float32
    assert result.equal
    assert (result.cycles == 0) == (shape[0] == 0)


def test_empty_batches_of_floats_and_of_linear_layers():
    result = run(nn.Linear(3, 2), torch.randn(2, 0, 3))
    assert result.output.shape == (2, 0, 2)
    assert result.error is None


def pruned(module):
    prune.l1_unstructured(module, "weight", 0.5)
    prune.random_unstructured(module, "weight", 0.3)
    prune.random_unstructured(module, "bias", 0.4)
    return module


def test_pruned_modules_have_the_weight_of_the_next_call():
    module = pruned(with_integers(nn.Conv2d(2, 3, 3)))
    module.weight_orig.data *= 2  # PyTorch masks it anew before the next call
    before = {name: id(value) for name, value in vars(module).items()}
    result = run(module, integers(1, 2, 5, 6))
    assert {name: id(value) for name, value in vars(module).items()} == before
    assert torch.equal(result.output, module(integers(1, 2, 5, 6)))
    assert result.output.dtype == torch.float32


def changed(module, forward):
    module.forward = forward.__get__(module)
    return module


def padded_later():
    """PyTorch keeps what circular padding needs in an attribute of its own."""
    module = nn.Conv2d(2, 3, 3, padding=1, padding_mode="circular")
    module.padding = (2, 2)
    return module


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (lambda: changed(nn.Conv2d(2, 3, 3), lambda self, x: 2 * self._conv_forward(
            x, self.weight, self.bias)), "it gives -?[0-9.]+ at .*, not -?[0-9.]+: it has a chan"),
        (lambda: changed(nn.Conv2d(2, 3, 3), lambda self, x: x),
         r"it gives the shape \(1, 2, 5, 6\), not \(1, 3, 3, 4\): it has a changed forward$"),
        (padded_later, r"the shape \(1, 3, 5, 6\), not \(1, 3, 7, 8\): its attributes may have"),
        (lambda: changed(nn.Conv2d(2, 3, 3), lambda self, x: 1 / 0),
         "^the module must run in PyTorch, but: division by zero$"),
        (lambda: changed(nn.Conv2d(2, 3, 3), lambda self, x: None),
         "^the module must give a tensor, not NoneType$"),
    ],
)
def test_modules_that_do_not_give_what_they_say(module, message):
    with pytest.raises(ValueError, match=message):
        run(with_integers(module()), integers(1, 2, 5, 6))


def test_floats_that_are_off_by_more_than_rounding():
    torch.manual_seed(1)
    module, x = nn.Conv2d(8, 3, 3), torch.randn(1, 8, 9, 9)

    def plus(add):
        return lambda self, x: self._conv_forward(x, self.weight, self.bias) + add

    run(changed(module, plus(0.0)), x)
    with pytest.raises(ValueError, match="^the module must compute .*: it has a changed forward$"):
        run(changed(module, plus(1e-4)), x)  # of float32 sums of 72 products
    run(changed(module.double(), plus(0.0)), x.double())
    with pytest.raises(ValueError, match="^the module must compute .*: it has a changed forward$"):
        run(changed(module, plus(1e-12)), x.double())
    half = changed(nn.Conv2d(8, 3, 3).half(), plus(0.0))
    with pytest.raises(ValueError, match="^a module with a changed forward must be of float32 or"):
        run(half, x.half())


def test_attributes_changed_by_hand_as_pytorch_takes_them():
    module = with_integers(nn.Conv2d(2, 3, 3, padding=1))
    module.padding, module.stride = 2, 2
    x = integers(1, 2, 5, 6)
    assert torch.equal(run(module, x).output, module(x))


class Coded(torch.Tensor):
    """Integers and a scale, as quantizing libraries keep a weight."""

    @staticmethod
    def __new__(cls, ints, scale, dtype=torch.float32):
        return torch.Tensor._make_wrapper_subclass(cls, ints.shape, dtype=dtype)

    def __init__(self, ints, scale, dtype=torch.float32):
        self.ints, self.scale = ints, scale

    def dequantize(self):
        return self.ints.float() * self.scale

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        def plain(value):
            return value.dequantize() if isinstance(value, cls) else value

        if func is torch.ops.aten.detach.default:
            return args[0]
        return func(*map(plain, args), **(kwargs or {}))


class Rough(Coded):
    """One whose arithmetic is not that of its numbers."""

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        result = super().__torch_dispatch__(func, types, args, kwargs)
        return result if func is torch.ops.aten.detach.default else result * 1.01


class Closed(Coded):
    dequantize = None


def coded(kind):
    module = nn.Linear(3, 2)
    weight = kind(torch.arange(6, dtype=torch.int8).reshape(2, 3), 0.5)
    module.weight = nn.Parameter(weight, requires_grad=False)
    return module


def test_weights_of_a_tensor_subclass():
    module, x = coded(Coded), integers(4, 3)
    result = run(module, x, act_bits=12)
    expected = x @ (torch.arange(6.0).reshape(2, 3) / 2).T + module.bias
    assert (result.output - expected).abs().max() <= result.error.largest + 1e-5
    with pytest.raises(ValueError, match="^the module must .*: it has a weight of the type Rough$"):
        run(coded(Rough), x, act_bits=12)
    half = coded(partial(Coded, dtype=torch.bfloat16))
    with pytest.raises(ValueError, match="^a module with a weight of the type Coded must be of fl"):
        run(half, x.bfloat16())
    with pytest.raises(TypeError, match="^the weight must be a plain tensor, or one that can"):
        run(coded(Closed), x)


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_parametrized_weights_in_any_type(kind):
    """Each access of spectral_norm's weight changes it, in training: it is read from a copy."""
    torch.manual_seed(0)
    module = nn.utils.parametrizations.spectral_norm(nn.Conv2d(4, 3, 3).to(kind))
    before = {name: value.clone() for name, value in module.state_dict().items()}
    x = torch.randn(1, 4, 5, 5).to(kind)
    result = run(module, x, act_bits=12, weight_bits=12)
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    expected = module(x).double()
    assert (result.output - expected).abs().max() <= result.error.largest + 0.02 * (
        kind != torch.float32) + 1e-5


def test_soft_masks():
    module = nn.Conv2d(2, 3, 3)
    prune.custom_from_mask(module, "weight", torch.rand(3, 2, 3, 3))
    x = integers(1, 2, 5, 6)
    result = run(module, x, weight_bits=16)
    assert (result.output - module(x)).abs().max() <= result.error.largest + 1e-4


def test_a_weight_that_is_no_parameter():
    module = nn.Conv2d(2, 3, 3)
    weight = integers(3, 2, 3, 3)
    del module.weight
    module.weight = weight
    module.bias.data = integers(3)
    assert torch.equal(run(module, integers(1, 2, 5, 6)).output, module(integers(1, 2, 5, 6)))


def test_circular_padding_of_less_than_nothing():
    module = nn.Sequential(nn.CircularPad2d((2, -1, 3, 1)), nn.Conv2d(2, 3, 3))
    with pytest.raises(ValueError, match="^circular padding must be at least 0, not -1$"):
        run(module, integers(1, 2, 5, 6))


class OwnSequential(nn.Sequential):
    pass


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (nn.Sequential(nn.ReLU(), nn.Conv2d(2, 3, 3)),
         "^a Sequential must be padding modules and one layer, but torch.nn.ReLU is before its"),
        (nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU()),
         "^a Sequential must be padding modules and one layer, but torch.nn.Conv2d is before"),
        (nn.Sequential(), "must be a Conv1d, Conv2d or Linear of .*, not torch.nn.Sequential$"),
        (OwnSequential(nn.Conv2d(2, 3, 3)), "must be a Conv1d, Conv2d or .*OwnSequential$"),
        (changed(nn.Sequential(nn.Conv2d(2, 3, 3)), lambda self, x: x),
         "^the module must have the forward of its class, but that of this Sequential has been"),
        (nn.ReLU(), "must be a Conv1d, Conv2d or Linear of .*, not torch.nn.ReLU$"),
    ],
)
def test_refused(module, message):
    with pytest.raises(TypeError, match=message):
        run(module, integers(1, 2, 5, 6))


def test_padding_that_pytorch_refuses():
    module = nn.Sequential(nn.ReflectionPad2d(7), nn.Conv2d(2, 3, 3))
    with pytest.raises(ValueError, match="^the module must run in PyTorch, but: .*[Pp]adding size"):
        run(module, integers(1, 2, 5, 6))
