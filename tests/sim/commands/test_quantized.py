"""``convolith run --quantized``: the example, results as bytes, and what is refused."""

import json

import numpy as np
import pytest
import torch
from places import EXAMPLES
from tflite_reference import multiply_by_quantized_multiplier, quantize_multiplier

from convolith.sim.commands.cli import main

EXAMPLE = EXAMPLES / "quantized"
FILES = {name: str(EXAMPLE / f"{name}.npy") for name in "xwb"}
QUICK = ["--rows", "4", "--cols", "4", "--sim", "amaranth", "--padding", "1"]


def run(q, *more, x=FILES["x"], w=FILES["w"], b=FILES["b"]):
    files = ["--input", x, "--weight", w, "--bias", b]
    return main(["run", *files, "--quantized", str(q), *QUICK, *more])


def test_the_example(tmp_path, capsys):
    """PyTorch's bytes, of a module that we make here from the same files."""
    assert run(EXAMPLE / "q.json", "--output", f"{tmp_path}/y.npy", "--json",
               f"{tmp_path}/r.json") == 0
    assert "quantized by qnnpack; compared with PyTorch's qnnpack\n" in capsys.readouterr().out
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["cycles"] == report["model_cycles"]
    assert report["compared_with"] == "PyTorch's qnnpack"
    assert report["config"]["post_lanes"] == 2
    q = json.loads((EXAMPLE / "q.json").read_text())
    x, w, b = (torch.from_numpy(np.load(file)) for file in FILES.values())
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = "qnnpack"
    try:
        conv = torch.ao.nn.quantized.Conv2d(3, 8, 3, padding=1)
        scales = torch.tensor(q["weight"]["scale"], dtype=torch.float64)
        zeros = torch.zeros(8, dtype=torch.int64)
        weight = torch._make_per_channel_quantized_tensor(w, scales, zeros, 0)
        conv.set_weight_bias(weight, b)
        conv.scale, conv.zero_point = q["output"]["scale"], q["output"]["zero_point"]
        given = torch._make_per_tensor_quantized_tensor(
            x, q["input"]["scale"], q["input"]["zero_point"]
        )
        expected = conv(given).int_repr().numpy()
    finally:
        torch.backends.quantized.engine = before
    y = np.load(tmp_path / "y.npy")
    assert y.dtype == np.uint8
    assert len(np.unique(y)) > 100
    assert np.array_equal(y, expected)


def test_tflite_is_signed(tmp_path):
    q = {
        "engine": "tflite", "input": {"scale": 0.01, "zero_point": -7, "signed": True},
        "weight": {"scale": 0.002}, "output": {"scale": 0.02, "zero_point": 3, "signed": True},
    }
    (tmp_path / "q.json").write_text(json.dumps(q))
    x = (np.load(FILES["x"]).astype(int) - 128).astype(np.int8)
    steps = np.arange(-400, 400, 100, dtype=np.int32)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "b.npy", steps)
    assert run(tmp_path / "q.json", "--output", f"{tmp_path}/y.npy", x=f"{tmp_path}/x.npy",
               b=f"{tmp_path}/b.npy") == 0
    y = np.load(tmp_path / "y.npy")
    assert y.dtype == np.int8
    # TFLite's integers, one output at a time, from their definition.
    assert y.shape == (1, 8, 16, 16)
    w = np.load(FILES["w"]).astype(int)
    pair = quantize_multiplier(0.01 * 0.002 / 0.02)
    padded = np.pad(x.astype(int) + 7, [(0, 0), (0, 0), (1, 1), (1, 1)])
    for oc, ox, oy in np.ndindex(y.shape[1:]):
        total = int((padded[0, :, ox : ox + 3, oy : oy + 3] * w[oc]).sum() + steps[oc])
        scaled = multiply_by_quantized_multiplier(total, *pair) + 3
        assert y[0, oc, ox, oy] == min(max(scaled, -128), 127)


CHANGES = [
    ({"engine": "mkl"}, "the engine must be one of qnnpack, fbgemm, x86, tflite, not 'mkl'"),
    ({"engine": "onednn"}, "the engine must be one of qnnpack, fbgemm, x86, tflite, not 'onednn'"),
    ({"input": {"scale": 0, "zero_point": 0}}, "the scale of the input must be positive and"),
    ({"input": {"scale": -1.0, "zero_point": 0}}, "the scale of the input must be positive and"),
    ({"input": {"scale": float("inf"), "zero_point": 0}}, "the scale of the input must be posit"),
    ({"input": {"scale": "1", "zero_point": 0}}, "the input's scale must be a number, not '1'"),
    ({"input": {"scale": 1}}, "input of the quantization must have scale, zero_point, but lacks z"),
    ({"input": 3}, "input of the quantization must be an object, not 3"),
    ({"input": {"scale": 0.1, "zero_point": 256}}, "the input's zero point must be from 0 to 255"),
    ({"input": {"scale": 0.1, "zero_point": 1.5}}, "the input's zero point must be an integer"),
    ({"output": {"scale": 0.1, "zero_point": -1}}, "the output's zero point must be from 0 to 255"),
    ({"output": {"scale": 0.1, "zero_point": 0, "relu": 1}}, "relu of the output must be true or"),
    ({"output": {"scale": 1e38, "zero_point": 0}}, "input * weight / output of the scales must be"),
    ({"output": {"scale": 1e-35, "zero_point": 0}}, "the greatest sum times input * weight / outp"),
    ({"weight": {"scale": [0.1, 0.1]}}, "the weight's scale must be one number, or one per outpu"),
    ({"weight": {"scale": 0.1, "zero_point": [1]}}, "the weight's zero point must be one number"),
    ({"weight": {"scale": 0.1, "zero_point": 200}}, "the weight's zero point must be from -128 t"),
    ({"weight": {"scale": 0.1, "zero_point": 0.5}}, "the weight's zero points must be integers"),
    ({"weight": {"scale": 0.1, "bits": 8}}, "weight of the quantization can have scale, zero_poi"),
    ({"version": 2}, "the quantization can have engine, input, output, weight, but not 'version'"),
    ({"output": {"scale": 0.1, "zero_point": 0, "signed": True}}, "signed must be false for the"),
]


@pytest.mark.parametrize(("change", "sentence"), CHANGES)
def test_refused(tmp_path, capsys, change, sentence):
    q = json.loads((EXAMPLE / "q.json").read_text()) | change
    (tmp_path / "q.json").write_text(json.dumps(q))
    assert run(tmp_path / "q.json", "--output", f"{tmp_path}/y.npy") == 2
    error = capsys.readouterr().err
    assert error.startswith(f"convolith run: error: {sentence}")
    assert error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["q.json"]


def test_files_that_do_not_go_together(tmp_path, capsys):
    np.save(tmp_path / "f.npy", np.ones((8, 3, 3, 3), dtype=np.float32))
    np.save(tmp_path / "i.npy", np.ones(8, dtype=np.int32))
    np.save(tmp_path / "b.npy", np.ones(7, dtype=np.float32))
    np.save(tmp_path / "x.npy", np.full((1, 3, 4, 4), 300))
    q = EXAMPLE / "q.json"
    for files, sentence in (
        ({"w": "f"}, "the weight of a quantized layer must be of integers, not float32"),
        ({"b": "i"}, "the bias must be of floats for the engine qnnpack, not int32"),
        ({"b": "b"}, "the bias must have the shape (8,), one value per output channel, not (7,)"),
        ({"x": "f"}, "the input of a quantized layer must be of integers, not float32"),
        ({"x": "x"}, "the input must be from 0 to 255, not 300"),
    ):
        paths = {name: f"{tmp_path}/{file}.npy" for name, file in files.items()}
        assert run(q, **paths) == 2
        assert capsys.readouterr().err == f"convolith run: error: {sentence}\n"
    assert run(q, "--exact") == 2
    assert "--exact cannot be given with --quantized" in capsys.readouterr().err
    assert run(tmp_path / "none.json") == 2
    assert "the quantization cannot be read from" in capsys.readouterr().err
    assert run(tmp_path / "x.npy") == 2
    assert "the quantization must be a JSON object, which" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["e" * 5000, [[]] * 5000, {"a": "b" * 5000}])
def test_long_values_are_shown_in_few_letters(tmp_path, capsys, value):
    for change in ({"engine": value}, {"output": {"scale": value, "zero_point": 0}}):
        q = json.loads((EXAMPLE / "q.json").read_text()) | change
        (tmp_path / "q.json").write_text(json.dumps(q))
        assert run(tmp_path / "q.json", "--output", f"{tmp_path}/y.npy") == 2
        assert len(capsys.readouterr().err) < 300
