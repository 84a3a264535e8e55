"""``convolith demo``: the table, the files, and what happens when something is not equal."""

import json

import numpy as np
import pytest
from exported import build, play
from icarus_play import needs_icarus
from matplotlib.image import imread

from convolith.model.reference.tutorial import CASES
from convolith.sim.commands import demo
from convolith.sim.commands.cli import main
from convolith.sim.demo import cases as demo_cases
from convolith.sim.demo.photo import draw_edges, load_photo

FILES = [
    "conv2d.gtkw", "conv2d.html", "conv2d.sucl", "conv2d.vcd", "convolith.v", "demo.json",
    "edges.png", "testbench",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One demo with its real photograph, for all tests that look at what it leaves."""
    out = tmp_path_factory.mktemp("demo") / "results"
    assert main(["demo", "--sim", "amaranth", "--out", str(out)]) == 0
    return out


def test_files(folder):
    assert sorted(path.name for path in folder.iterdir()) == FILES


def test_the_page_is_that_of_the_case(folder):
    """The same bytes as those of the command that is shown in the README."""
    again = folder / "again.html"
    words = ["watch", "--tutorial", "2D channels", "--sim", "amaranth", "--out", str(again)]
    assert main(words) == 0
    assert (folder / "conv2d.html").read_bytes() == again.read_bytes()
    again.unlink()


@needs_icarus
def test_the_test_bench_passes(folder):
    rows = json.loads((folder / "demo.json").read_text())["cases"][-2]
    assert rows["name"] == "2D batch"
    status, text = play(build(folder / "testbench"))
    assert (status, text) == (0, f"PASS rows=18 cycles={rows['cycles']}")


def test_report(folder):
    cases = json.loads((folder / "demo.json").read_text())["cases"]
    assert [case["name"] for case in cases] == [*(case.name for case in CASES), "photograph"]
    for case in cases:
        assert case["equal"] is True
        assert case["cycles"] == case["model_cycles"]
        assert case["utilization"] == pytest.approx(case["macs"] / case["cycles"] / (
            case["config"]["rows"] * case["config"]["cols"] * case["config"]["dot"]))
    assert [case["as_printed"] for case in cases] == [True] * len(CASES) + [None]
    photo = cases[-1]
    assert photo["layer"]["output"] == [1, 2, 64, 64]
    assert photo["config"]["act_bits"] == 9
    assert photo["utilization"] > 0.99


def test_photograph_is_the_one_of_matplotlib():
    photo = load_photo(66)
    assert photo.shape == (1, 1, 66, 66)
    assert photo.min() >= 0
    assert photo.max() > 200
    assert photo.std() > 40


def test_picture(folder, tmp_path):
    # The picture in the folder is the one of these edges, which differ where the face has some.
    photo = load_photo(66)[0, 0]
    vertical = sum(
        w * photo[i : i + 64, j : j + 64]
        for i, row in enumerate([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
        for j, w in enumerate(row)
    )
    horizontal = sum(
        w * photo[i : i + 64, j : j + 64]
        for i, row in enumerate([[-1, -2, -1], [0, 0, 0], [1, 2, 1]])
        for j, w in enumerate(row)
    )
    edges = np.stack([vertical, horizontal])[None]
    draw_edges(photo[None, None], edges, tmp_path / "expected.png")
    assert np.array_equal(imread(folder / "edges.png"), imread(tmp_path / "expected.png"))


@pytest.fixture
def quick(monkeypatch):
    """The demo with a small photograph."""
    monkeypatch.setattr(demo_cases, "PHOTO_SIZE", 6)


def test_table(tmp_path, capsys, quick):
    assert main(["demo", "--sim", "amaranth", "--out", str(tmp_path)]) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert lines[0].split() == [
        "case", "shape", "array", "equal", "cycles", "model", "MACs", "utilization", "as", "printed"
    ]
    assert lines[2].split() == (
        "1D 1x1x12 * 1x1x3 1x1x1 yes 49 49 30 61.2% yes".split()
    )
    assert "simulating 2D batch ..." in captured.err


def test_one_wrong_value_ends_with_1(tmp_path, capsys, quick, monkeypatch):
    wrong = [demo_cases.tutorial_case(case) for case in CASES]
    wrong[1].printed[0, 0, 1, 1] += 1
    monkeypatch.setattr(demo, "tutorial_cases", lambda: wrong)
    assert main(["demo", "--sim", "amaranth", "--out", str(tmp_path)]) == 1
    wrong[1].printed[0, 0, 1, 1] -= 1
    assert capsys.readouterr().out.splitlines()[3].endswith("NO")


def test_one_wrong_operand_ends_with_1(tmp_path, capsys, quick, monkeypatch):
    wrong = [demo_cases.tutorial_case(case) for case in CASES]
    wrong[2].convolution.weight.ints[1, 0, 0] += 1
    monkeypatch.setattr(demo, "tutorial_cases", lambda: wrong)
    assert main(["demo", "--sim", "amaranth", "--out", str(tmp_path)]) == 1
    assert "convolith demo: 1D channels: output (n=0, oc=1, ox=1)" in capsys.readouterr().err


def test_refused(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main(["demo", "--sim", "amaranth", "--out", str(tmp_path / "file")]) == 2
    assert "file cannot be made: File exists\n" in capsys.readouterr().err
    assert main(["demo", "--sim", "spice", "--out", str(tmp_path / "d")]) == 2
    assert not (tmp_path / "d").exists()
