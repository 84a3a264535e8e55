"""Arrays and JSON, damaged or unusual: the right result, or one sentence; never another layer's."""

import json
from io import BytesIO

import numpy as np
import pytest
import torch
from cli_run import run
from damage import damaged, flipped
from torch.ao.nn import quantized
from torch.nn import functional

from convolith.sim.engines.model import ModelSimulator
from convolith.sim.layers.quantized.engine import quiet, using

ARRAY = ["--rows", "2", "--cols", "2", "--json", "r.json", "--output", "y.npy"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The model computes, which is compared with the RTL elsewhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("convolith.sim.commands.run.get_simulator", lambda name: ModelSimulator())
    return tmp_path


def result_of(folder, capsys, *words):
    """The output, or the sentence of a refusal, which leaves no file behind."""
    for name in ("y.npy", "r.json"):
        (folder / name).unlink(missing_ok=True)
    before = set(folder.iterdir())
    status = run(*ARRAY, *words)
    out, err = capsys.readouterr()
    if status == 2:
        assert err.startswith("convolith run: error: ")
        assert err.count("\n") == 1
        assert not out
        assert set(folder.iterdir()) == before
        return err
    assert status == 0
    assert json.loads((folder / "r.json").read_text())["equal"] is True
    return np.load("y.npy")


def content(array, **how):
    file = BytesIO()
    np.lib.format.write_array(file, array, **how)
    return file.getvalue()


def loaded(data):
    """What NumPy itself reads; None if it reads nothing."""
    try:
        array = np.load(BytesIO(data), allow_pickle=False)
    except Exception:
        return None
    return array if isinstance(array, np.ndarray) else None


def random_conv(rng):
    """x, w and bias of small integers, and the arguments."""
    c, oc, k = (int(n) for n in rng.integers(1, 4, 3))
    axes = int(rng.integers(1, 3))
    x = rng.integers(-20, 20, (1, c, *rng.integers(k, k + 4, axes)))
    return x, rng.integers(-9, 9, (oc, c, *[k] * axes)), rng.integers(-50, 50, oc)


def convolved(x, w, bias):
    """PyTorch's result for arrays; None if it refuses them, or they are no numbers of 8 bits."""
    try:
        tensors = [torch.from_numpy(np.ascontiguousarray(a, dtype=float)) for a in (x, w, bias)]
        y = (functional.conv1d if w.ndim == 3 else functional.conv2d)(*tensors)
    except (RuntimeError, TypeError, ValueError):
        return None
    return y.numpy()


def reshaped(rng, array):
    """Axes more or fewer, or in another order, or one extent more or less."""
    ways = (
        lambda: array[None], lambda: array[0], lambda: array[..., None], lambda: array.T,
        lambda: array.ravel(), lambda: array[:0], lambda: array[..., :-1],
        lambda: np.concatenate([array, array]), lambda: np.swapaxes(array, 0, -1),
    )
    return np.ascontiguousarray(rng.choice(ways)())


KINDS = [np.int8, np.int16, np.int32, np.int64, np.float16, np.float32, np.float64, ">i2", ">f8"]


@pytest.mark.parametrize("seed", range(4))
def test_unusual_arrays(folder, capsys, seed):
    """The same numbers in other types, orders and versions of the format."""
    rng = np.random.default_rng([24, seed])
    for _ in range(25):
        arrays = random_conv(rng)
        for name, array in zip("xwb", arrays, strict=True):
            order = np.asfortranarray if rng.integers(2) else np.ascontiguousarray
            as_kind = order(array.astype(KINDS[int(rng.integers(len(KINDS)))]))
            version = [(1, 0), (2, 0), (3, 0)][int(rng.integers(3))]
            (folder / f"{name}.npy").write_bytes(content(as_kind, version=version))
        found = result_of(folder, capsys, "--input", "x.npy", "--weight", "w.npy",
                          "--bias", "b.npy")
        assert np.array_equal(found, convolved(*arrays))


@pytest.mark.parametrize("seed", range(4))
def test_damaged_arrays(folder, capsys, seed):
    rng = np.random.default_rng([25, seed])
    read = refused = 0
    for case in range(120):
        arrays, hit = [array.astype(np.int8) for array in random_conv(rng)], int(rng.integers(3))
        if case % 3 == 0:
            arrays[hit] = reshaped(rng, arrays[hit])
        whole = [content(array) for array in arrays]
        if case % 3 == 1:
            whole[hit] = damaged(rng, whole[hit])
        elif case % 3 == 2:  # behind the head: all of these are numbers
            whole[hit] = whole[hit][:128] + flipped(rng, whole[hit][128:])
        for name, data in zip("xwb", whole, strict=True):
            (folder / f"{name}.npy").write_bytes(data)
        found = result_of(folder, capsys, "--input", "x.npy", "--weight", "w.npy",
                          "--bias", "b.npy")
        if isinstance(found, str):
            refused += 1
            continue
        read += 1
        arrays = [loaded(data) for data in whole]
        assert np.array_equal(found, convolved(*arrays))
    assert min(read, refused) > 15


QUANTIZATION = {
    "engine": "qnnpack",
    "input": {"scale": 0.02, "zero_point": 128},
    "weight": {"scale": [0.01, 0.012, 0.02], "zero_point": 0},
    "output": {"scale": 0.05, "zero_point": 100, "relu": False},
}
ODD_VALUES = (0, -1, 1, 255, 256, 0.5, 1e-30, 1e300, "2", None, True, [], [0.01], {}, float("nan"),
              float("inf"), 2**70, [0.01, 0.02, 0.03], [1, 2, -3], "qnnpack", "fbgemm")


def bytes_of(description, x, w, bias):
    """The bytes of PyTorch's own module with these scales and zero points."""
    given, weight, output = (description[name] for name in ("input", "weight", "output"))
    scales = np.broadcast_to(np.array(weight["scale"], dtype=np.float64), 3).copy()
    zeros = np.broadcast_to(np.array(weight.get("zero_point", 0), dtype=np.int64), 3).copy()
    module = quantized.Conv2d(2, 3, 2)
    with quiet(), using(description.get("engine", "qnnpack")):
        integers = torch.from_numpy(w.astype(np.int8))
        if isinstance(weight["scale"], list):
            packed = torch._make_per_channel_quantized_tensor(
                integers, torch.from_numpy(scales), torch.from_numpy(zeros), 0
            )
        else:
            packed = torch._make_per_tensor_quantized_tensor(
                integers, float(scales[0]), int(zeros[0])
            )
        module.set_weight_bias(packed, torch.from_numpy(bias))
        module.scale, module.zero_point = float(output["scale"]), int(output["zero_point"])
        tensor = torch._make_per_tensor_quantized_tensor(
            torch.from_numpy(x), float(given["scale"]), int(given["zero_point"])
        )
        y = module(tensor).int_repr().numpy()
    return np.maximum(y, module.zero_point) if output.get("relu") else y


@pytest.mark.parametrize("seed", range(4))
def test_damaged_json(folder, capsys, seed):
    rng = np.random.default_rng([26, seed])
    x = rng.integers(0, 256, (1, 2, 3, 4), dtype=np.uint8)
    w = rng.integers(-40, 40, (3, 2, 2, 2), dtype=np.int8)
    bias = rng.normal(size=3).astype(np.float32)
    for name, array in (("x", x), ("w", w), ("b", bias)):
        np.save(folder / f"{name}.npy", array)
    read = refused = 0
    for case in range(80):
        description = json.loads(json.dumps(QUANTIZATION))
        if case % 2:
            part = str(rng.choice(list(description)))
            inner = description[part] if isinstance(description[part], dict) else description
            key = str(rng.choice([*inner, "signed", "typo"])) if inner is not description else part
            inner[key] = ODD_VALUES[int(rng.integers(len(ODD_VALUES)))]
            if rng.integers(4) == 0:
                del inner[key]
            data = json.dumps(description).encode()
        else:
            data = damaged(rng, json.dumps(description, indent=int(rng.integers(3))).encode())
        (folder / "q.json").write_bytes(data)
        found = result_of(folder, capsys, "--input", "x.npy", "--weight", "w.npy",
                          "--bias", "b.npy", "--quantized", "q.json")
        if isinstance(found, str):
            refused += 1
            continue
        read += 1
        assert np.array_equal(found, bytes_of(json.loads(data), x, w, bias)), data
    assert min(read, refused) > 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"input": {"scale": 1, "scale": 2}}', "the quantization must name scale once, not twice"),
        ('{"engine": "qnnpack", "engine": "x86"}', "the quantization must name engine once, not"),
    ],
)
def test_a_key_that_is_there_twice(folder, capsys, text, message):
    for name in "xw":
        np.save(folder / f"{name}.npy", np.zeros((1, 1, 1)))
    (folder / "q.json").write_text(text)
    words = ("--input", "x.npy", "--weight", "w.npy", "--quantized", "q.json")
    assert message in result_of(folder, capsys, *words)
