"""State dicts and tensors from PyTorch: what is taken, and what is refused."""

import numpy as np
import pytest
import torch
from torch import nn

from convolith.sim.layers.plain.tensors import load_weights, to_array


def test_a_modules_state_dict(tmp_path):
    module = nn.Conv2d(2, 3, (1, 2))
    torch.save(module.state_dict(), tmp_path / "f.pt")
    weight, bias = load_weights(tmp_path / "f.pt")
    assert np.array_equal(weight, module.weight.detach().numpy())
    assert np.array_equal(bias, module.bias.detach().numpy())
    torch.save(nn.Linear(2, 3, bias=False).state_dict(), tmp_path / "f.pt")
    assert load_weights(tmp_path / "f.pt")[1] is None


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_types_that_numpy_does_not_have(dtype):
    tensor = torch.tensor([1.5, -3.25e-5], dtype=dtype)
    array = to_array("the weight", tensor)
    assert array.dtype == np.float32
    assert torch.equal(torch.from_numpy(array).to(dtype), tensor)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (nn.Conv1d(1, 1, 1), "must be a state dict of tensors, saved by torch.save, which .* is"),
        (torch.ones(3), "must be a state dict of tensors, saved by torch.save, which .* is not"),
        ({"weight": 3}, "must be a state dict of tensors, saved by torch.save, which .* is not"),
        ({}, "must be one layer's, weight and perhaps bias, not nothing as in"),
        ({"bias": torch.ones(1)}, "must be one layer's, weight and perhaps bias, not bias as in"),
        (
            nn.Sequential(nn.Linear(1, 1)).state_dict(),
            "must be one layer's, weight and perhaps bias, not 0.bias, 0.weight as in",
        ),
        (
            {"weight": torch.ones(1, 1, 1, dtype=torch.complex64)},
            "the weight must be a dense tensor of integers or floats, not torch.complex64",
        ),
        (
            {"weight": torch.ones(1, 1, 1).to_sparse()},
            "the weight must be a dense tensor of integers or floats, not .*torch.sparse_coo",
        ),
        (
            {"weight": torch.ones(1, 1, 1) > 0},
            "the weight must be a dense tensor of integers or floats, not torch.bool",
        ),
    ],
)
def test_refused(tmp_path, content, message):
    torch.save(content, tmp_path / "f.pt")
    with pytest.raises((TypeError, ValueError), match=message):
        load_weights(tmp_path / "f.pt")


def test_code_in_the_file_is_not_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "written"), "w"))

    torch.save({"weight": Evil()}, tmp_path / "f.pt")
    with pytest.raises(ValueError, match="^the weights must be a state dict of tensors"):
        load_weights(tmp_path / "f.pt")
    assert not (tmp_path / "written").exists()


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 no archive"])
def test_files_that_are_something_else(tmp_path, content):
    (tmp_path / "f.pt").write_bytes(content)
    with pytest.raises(ValueError, match="^the weights must be a state dict of tensors"):
        load_weights(tmp_path / "f.pt")


def test_files_that_are_not_there(tmp_path):
    for path in (tmp_path / "f.pt", tmp_path):
        with pytest.raises(ValueError, match=r"^the weights cannot be read from .*: \w+"):
            load_weights(path)


def test_a_file_cut_off_anywhere(tmp_path):
    state = nn.Conv1d(1, 2, 1).state_dict()
    for new in (False, True):
        torch.save(state, tmp_path / "f.pt", _use_new_zipfile_serialization=new)
        content = (tmp_path / "f.pt").read_bytes()
        for length in range(1, len(content), 3):
            (tmp_path / "f.pt").write_bytes(content[:length])
            with pytest.raises(ValueError, match="^the weights must be a state dict of tensors"):
                load_weights(tmp_path / "f.pt")


def test_a_view_with_another_sign():
    numbers = torch.tensor([1 + 2j, 3 - 4j])
    assert to_array("x", numbers.conj().imag).tolist() == [-2, 4]


@pytest.mark.parametrize(("tensor", "what"), [
    (torch.ones(2, device="meta"), r"not without values \(meta\)"),
    (torch.nested.nested_tensor([torch.ones(2)], layout=torch.jagged), "not nested"),
])
def test_odd_tensors(tensor, what):
    with pytest.raises(TypeError, match=f"^x must be a dense tensor of integers or floats, {what}"):
        to_array("x", tensor)


@pytest.mark.parametrize("value", [None, 3, np.ones(2)])
def test_no_tensor(value):
    with pytest.raises(TypeError, match="^x must be a torch.Tensor, not "):
        to_array("x", value)
