"""The Python API: torch modules in; output, cycles and utilization out."""

import logging
from copy import deepcopy
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

import convolith
from convolith.sim.engines.contract.simulator import BuildError, Fault
from convolith.sim.layers.common.result import Result

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
        (nn.Conv1d(2, 3, 4, padding="same", dilation=3, padding_mode="replicate"), (1, 2, 7)),
        (nn.Conv2d(4, 8, 3, groups=4, padding=2, padding_mode="reflect"), (2, 4, 5, 3)),
        (nn.Conv1d(3, 2, 3, dilation=2, padding="same"), (2, 3, 8)),
        (nn.Conv1d(3, 2, 4, padding="valid"), (1, 3, 8)),
        (nn.Conv2d(2, 2, 2), (2, 4, 4)),
        (nn.Conv1d(2, 2, 2), (2, 4)),
        (nn.Linear(5, 3), (4, 5)),
        (nn.Linear(5, 3, bias=False), (2, 3, 5)),
        (nn.Linear(5, 3), (5,)),
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


@pytest.mark.parametrize(
    ("module", "x"),
    [
        (lambda: nn.Conv2d(3, 4, 3, padding=1), (1, 3, 6, 5)),
        (lambda: nn.Conv1d(4, 4, 3, groups=4, padding="same", padding_mode="circular"), (4, 9)),
        (lambda: nn.Linear(12, 5), (3, 12)),
    ],
)
def test_floats_are_rounded_and_the_error_is_told(module, x):
    torch.manual_seed(3)
    module, x = module(), torch.randn(x)
    errors = []
    for bits in (4, 8, 12, 16):
        parameters = {"rows": 2, "cols": 2, "act_bits": bits, "weight_bits": bits, "acc_bits": 48}
        with pytest.raises(ValueError, match=f"must fit {bits} signed bits"):
            run(module, x, exact=True, **parameters)
        result = run(module, x, **parameters)
        assert result.equal
        expected = deepcopy(module).double()(x.double()).detach()
        assert result.output.shape == expected.shape
        difference = (result.output - expected).abs()
        assert result.error.largest == pytest.approx(float(difference.max()), rel=1e-6)
        assert result.error.rms == pytest.approx(float((difference**2).mean().sqrt()), rel=1e-6)
        errors.append(result.error.rms)
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < errors[0] / 1000


def test_types_that_numpy_does_not_have():
    torch.manual_seed(3)
    module, x = nn.Conv2d(2, 3, 2).bfloat16(), torch.randn(1, 2, 4, 4).bfloat16()
    result = run(module, x, rows=2, cols=2)
    assert result.equal
    assert result.error.relative < 0.05


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
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["conv.gtkw", "conv.sucl", "conv.vcd"]


class Own(nn.Conv1d):
    def forward(self, x):
        return -x


def hooked():
    module = nn.Conv1d(1, 1, 1)
    module.register_forward_pre_hook(lambda *_: None)
    return module


def test_parametrized_weights_are_as_they_are_now():
    module = nn.utils.parametrizations.weight_norm(with_integers(nn.Conv1d(2, 3, 2)))
    module.parametrizations.weight.original0.data *= 2
    x = torch.randn(1, 2, 6)
    result = run(module, x, rows=2, cols=2)
    assert result.equal
    assert (result.output - module(x)).abs().max() <= result.error.largest + 1e-4


def test_no_common_type():
    module, x = with_integers(nn.Conv1d(1, 1, 2)), integers(1, 1, 4).clamp(-4, 4)
    result = run(module, x.to(torch.float8_e4m3fn), rows=1, cols=1)
    assert result.output.dtype == torch.float32
    assert torch.equal(result.output, module(x))


@pytest.mark.parametrize(
    ("module", "x", "error", "message"),
    [
        (Own(1, 1, 1), torch.ones(1, 1, 2), TypeError, "must compute as torch.nn.Conv1d does, but"),
        (hooked(), torch.ones(1, 1, 2), TypeError, "no forward hooks but those of torch.nn"),
        (nn.LazyConv1d(1, 1), torch.ones(1, 1, 2), TypeError, "LazyConv1d waits for an input"),
        (nn.Conv1d(1, 1, 1), np.ones((1, 1, 2)), TypeError, "must be a torch.Tensor, not nda"),
        (nn.ReLU(), torch.ones(1, 2), TypeError, "must be a Conv1d, Conv2d or Linear of "),
        (nn.Linear(2, 2), torch.ones(1, 3), ValueError, "the input's last axis must be .* not 3"),
        (nn.Conv1d(1, 1, 1), torch.ones(4), ValueError, "the input must have 3 axes, or 2, not 1"),
        (
            nn.Conv1d(1, 1, 3, padding=5, padding_mode="circular"),
            torch.ones(1, 1, 4),
            ValueError,
            "padding_mode 'circular' allows a padding of at most 4 where the input has 4, not 5",
        ),
    ],
)
def test_refused(module, x, error, message):
    with pytest.raises(error, match=message):
        run(module, x)


def test_a_waveform_without_a_folder(tmp_path):
    with pytest.raises(ValueError, match="w.vcd cannot be written: No such file or directory$"):
        run(nn.Conv1d(1, 1, 1), torch.ones(1, 1, 2), waves=tmp_path / "no" / "w.vcd")


def test_names_of_the_package():
    assert set(convolith.__all__) <= set(dir(convolith))
    for name in convolith.__all__:
        assert getattr(convolith, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = convolith.nothing


def test_the_smallest_of_inputs_beside_a_bias():
    """The sums' scale is the finest at which they have room for the bias."""
    torch.manual_seed(0)
    module, x = nn.Conv2d(3, 4, 3, padding=1), 1e-15 * torch.randn(1, 3, 6, 6)
    result = run(module, x, rows=2, cols=2)
    assert result.equal
    step = 2.0**-30  # 32 bits beside a bias below 1/4, whose sums need one
    assert result.error.largest < step
    with pytest.raises(ValueError, match="^the input must fit 8 signed bits"):
        run(module, x, rows=2, cols=2, exact=True)


def test_what_a_result_says():
    torch.manual_seed(0)
    result = run(nn.Conv2d(3, 4, 3), torch.randn(1, 3, 5, 5), rows=2, cols=2)
    first, output, rounded = repr(result).splitlines()
    assert first == (
        f"ModuleResult: 1x3x5x5 * 4x3x3x3 on 2x2x1: equal to PyTorch; {result.cycles} cycles, "
        f"utilization {result.utilization:.1%} (amaranth)"
    )
    assert output == "  output: torch.float32, (1, 4, 3, 3)"
    act, weight = (result.result.formats[name] for name in ("act", "weight"))
    assert rounded == (
        f"  rounded to act {act}, weight {weight}; "
        f"against floating point: at most {result.error.largest:.3g}, rms "
        f"{result.error.rms:.3g}, which is {100 * result.error.relative:.2g} % of the outputs' rms"
    )
    assert repr(result.result) == "\n".join([first.removeprefix("Module"), rounded])
    assert type(result.result) is Result
    assert result.result.output.dtype == np.float64
    assert np.array_equal(result.result.output, result.output.numpy())
    assert result.as_json() == result.result.as_json()
    module = with_integers(nn.Conv1d(1, 1, 2))
    assert len(repr(run(module, integers(1, 1, 4), rows=1, cols=1)).splitlines()) == 2
    wrong = run(module, integers(1, 1, 4), rows=1, cols=1, fault="0,0,3")
    assert repr(wrong).splitlines()[-1].startswith("  not equal to PyTorch: output (n=0, oc=0, ox=")
    assert wrong.difference == wrong.result.difference is not None


def test_sums_beyond_the_modules_type_are_said():
    module = nn.Conv1d(2, 1, 1, bias=False)
    module.weight.data = torch.tensor([[[1.0], [32767.0]]])
    result = run(module, torch.tensor([[[1.0], [32767.0]]]), rows=1, cols=1, act_bits=16,
                 weight_bits=16)
    said = "  output: torch.float64, (1, 1, 1), as torch.float32 would not hold every sum"
    assert said in repr(result).splitlines()


def test_progress(capsys, monkeypatch):
    module, x = with_integers(nn.Conv1d(1, 1, 2)), integers(1, 1, 400)
    monkeypatch.setattr("convolith.sim.report.progress.QUIET_S", 0.0)
    run(module, x, rows=1, cols=1, progress=False)
    assert capsys.readouterr().err == ""
    run(module, x, rows=1, cols=1)
    assert "simulating: 256 of " in capsys.readouterr().err
    told = []
    run(module, x, rows=1, cols=1, progress=lambda done, total: told.append((done, total)))
    assert told
    assert all(done <= total for done, total in told)
    assert capsys.readouterr().err == ""


def test_what_is_built_is_said(capsys, monkeypatch):
    def falls_back(*_, **__):
        raise BuildError("there is no compiler")

    monkeypatch.setattr("convolith.sim.engines.native.toolchain.Toolchain.find", falls_back)
    arguments = {"simulator": "auto", "rows": 1, "cols": 1}
    said = "there is no compiler: using Amaranth's simulator, which is slower\n"
    module, x = with_integers(nn.Conv1d(1, 1, 2)), integers(1, 1, 4)
    convolith.run(module, x, **arguments)
    assert capsys.readouterr().err == f"convolith: {said}"
    assert not logging.getLogger("convolith").handlers


def test_windows_and_faults(tmp_path):
    module, x = with_integers(nn.Conv1d(1, 1, 2)), integers(1, 1, 4)
    sizes = {"rows": 1, "cols": 1, "act_words": 8, "weight_words": 8}
    right = run(module, x, **sizes)
    wrong = run(module, x, fault="0,0,5,20", **sizes)
    assert not wrong.equal
    assert run(module, x, fault=Fault(row=0, col=0, bit=5, cycle=20), **sizes).result.difference \
        == wrong.result.difference
    assert (wrong.output != right.output).sum() == 1
    waves = tmp_path / "w.vcd"
    for arguments, message in (
        ({"window": (1, 5)}, "^a window of cycles needs a waveform, which it limits$"),
        ({"window": (5, 4), "waves": waves}, "^the window of cycles must lie from 1 to "),
        ({"window": (1, 5), "waves": waves, "everything": True},
         "^a window of cycles needs the simulator verilator"),
        ({"fault": "1,0,5"}, "^a fault's row must be from 0 to 0, not 1$"),
        ({"waves": tmp_path}, "cannot be written: it is a directory$"),
    ):
        with pytest.raises(ValueError, match=message):
            run(module, x, **arguments, **sizes)
    with pytest.raises(ValueError, match="^a fault must be in a layer with outputs, not '0,0,5'"):
        run(module, x[:0], fault="0,0,5", **sizes)
    with pytest.raises(ValueError, match="^a waveform needs a layer with outputs, not an empty"):
        run(module, x[:0], waves=waves, **sizes)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("row", "; rows is one"), ("actbits", "; act_bits is one"), ("zz", ""),
        ("simulater", "; simulator is one"), ("wave", "; waves is one"),
        ("windw", "; window is one"), ("stride", "; stride is the module's own"),
    ],
)
def test_a_misspelt_parameter(name, meant):
    names = ", ".join(vars(convolith.ArrayConfig()))
    own = "exact, plain, engine, simulator, waves, everything, window, fault, progress"
    for module in (nn.Conv1d(1, 1, 2), nn.Sequential(nn.Conv1d(1, 1, 2))):
        with pytest.raises(TypeError) as refused:
            run(module, torch.ones(1, 1, 4), **{name: 4})
        assert str(refused.value) == (
            f"run takes {own}, and the array's parameters {names}, not {name!r}{meant}"
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fault": (0, 0, 3)}, r"^a fault must be a Fault or ROW,COL,BIT.*, not \(0, 0, 3\)$"),
        ({"fault": "٠,0,3"}, "^a fault must be ROW,COL,BIT or ROW,COL,BIT,CYCLE, not '٠,0,3'$"),
        ({"window": (1,), "waves": "w.vcd"}, r"^a window must be two cycles, or None .* \(1,\)$"),
        ({"window": 5, "waves": "w.vcd"}, "^a window must be two cycles, or None for .* not 5$"),
        ({"window": (1.0, 5), "waves": "w.vcd"}, r"^a window must be two .* not \(1.0, 5\)$"),
        ({"waves": 5}, "^a waveform must be a path, not 5$"),
        ({"waves": ""}, r"^. cannot be written: it is a directory$"),
        ({"waves": "-"}, r"^a waveform must be a file, not standard output \(-\)$"),
        ({"waves": "w.gtkw"}, "^w.gtkw cannot be written: it is named for two outputs$"),
        ({"waves": "n" * 3000}, "^n+ cannot be written: File name too long$"),
        ({"waves": "a\0b"}, "^'a.x00b' cannot be written: embedded null byte$"),
        ({"waves": "no/w.vcd"}, "^no/w.vcd cannot be written: No such file or directory$"),
    ],
)
def test_odd_arguments(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((TypeError, ValueError), match=message):
        run(nn.Conv1d(1, 1, 2), torch.ones(1, 1, 4), rows=1, cols=1, **arguments)
    assert not list(tmp_path.iterdir())
