"""The digits example: trained, quantized, and every test image read in RTL."""

import json
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[1] / "examples" / "digits.py"


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
    }  # fmt: skip
    accuracy = found["accuracy"]
    assert accuracy["array"] == accuracy["quantized"]
    assert accuracy["array"] > 0.95
    assert found["cycles_per_image"] * 450 == found["cycles"]
    assert (tmp_path / "new" / "digits.png").read_bytes().startswith(b"\x89PNG")


def test_bad_number():
    done = digits("--images", 451)
    assert done.returncode == 2
    assert "--images must be from 1 to 450, not 451" in done.stderr
