"""The digits example: trained, quantized, and every test image read in RTL."""

import json
import subprocess
import sys

import pytest
from places import EXAMPLES

EXAMPLE = EXAMPLES / "digits.py"


def digits(*words):
    return subprocess.run(
        [sys.executable, EXAMPLE, *map(str, words)], capture_output=True, text=True
    )


def test_the_whole_test_set(tmp_path):
    done = digits("--out", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert "every byte of every layer is PyTorch's\n" in done.stdout
    found = json.loads((tmp_path / "new" / "digits.json").read_text())
    assert found["equal"]
    assert found["images"] == 450
    assert found["simulator"] == "verilator"
    layers = {layer["name"]: layer for layer in found["layers"]}
    assert all(layer["equal"] for layer in layers.values())
    assert {name for name, layer in layers.items() if layer["input"] == "memory"} == {
        "depthwise", "pointwise", "second", "classes"
    }
    accuracy = found["accuracy"]
    assert accuracy["array"] == accuracy["quantized"]
    assert accuracy["array"] > 0.95
    assert found["cycles_per_image"] * 450 == found["cycles"]
    assert (tmp_path / "new" / "digits.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--images", 451], "--images must be from 1 to 450, not 451"),
        (["--epochs", 0], "--epochs must be at least 1, not 0"),
        (["--sim", "fast"], "the simulator must be one of amaranth, verilator, auto, not 'fast'"),
        (["--out", "/dev/null/x"], "Not a directory: '/dev/null/x'"),
    ],
)
def test_bad_words(words, sentence):
    done = digits(*words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
