"""Sweeps: the exact model over a grid, RTL where asked for."""

import csv
import re
from itertools import combinations

import pytest
from matplotlib.image import imread
from networks import small_network

from convolith.model.compile.candidates import best_mapping, unlimited
from convolith.model.options.config import ArrayConfig
from convolith.sim.commands.cli import main
from convolith.sim.network.plot import plot_pareto
from convolith.sim.network.sweep import grid, pareto


def sweep(*words):
    return main(["sweep", "net.csv", *words])


def test_the_grid_is_the_model(tmp_path):
    _, layers, _ = small_network(tmp_path)
    points = grid(ArrayConfig(), layers, [2, 4], [3], [1, 2], [0, 8])
    assert len(points) == 8
    for point in points:
        deep = unlimited(point.config)
        assert point.cycles == sum(best_mapping(deep, n.layer).cycles for n in layers)
        assert point.macs == sum(named.layer.macs for named in layers)
    assert {(p.config.rows, p.config.dot, p.config.lanes) for p in points} == {
        (2, 1, 2), (2, 1, 8), (2, 2, 4), (2, 2, 8), (4, 1, 4), (4, 1, 8), (4, 2, 8)
    }


@pytest.mark.parametrize(
    ("points", "best"),
    [
        ([(1, 9), (2, 9), (2, 5), (3, 5), (4, 1)], {0, 2, 4}),
        ([(4, 1), (2, 5), (1, 9), (2, 5)], {0, 1, 2, 3}),
        ([(1, 1), (2, 2)], {0}),
        ([], set()),
    ],
)
def test_pareto(points, best):
    assert pareto(points) == best


def test_files(net, capsys):
    words = ["--rows", "1,2", "--cols", "3", "--dot", "1,2", "--csv", "s.csv", "--plot", "p.png"]
    assert sweep(*words, "--simulate", "2x3x2,1x3x1", "--jobs", "2") == 0
    rows = list(csv.DictReader((net / "s.csv").open()))
    assert [row["multipliers"] for row in rows] == ["3", "6", "6", "12"]
    simulated = [row for row in rows if row["rtl_cycles"]]
    assert [(row["rows"], row["dot"]) for row in simulated] == [("1", "1"), ("2", "2")]
    assert all(row["cycles"] == row["rtl_cycles"] and row["equal"] == "1" for row in simulated)
    table = capsys.readouterr().out.splitlines()
    assert re.split(r"\s{2,}", table[0].strip()) == [
        "array", "lanes", "multipliers", "cycles", "utilization", "best", "RTL", "equal"
    ]
    assert table[2].startswith("1x3x1")
    assert table[2].endswith("yes")
    assert imread(net / "p.png").shape[:2] > (600, 900)


def test_a_wide_grid_is_readable(tmp_path, monkeypatch):
    """Neither numbers at the axes nor names lie on each other."""
    from matplotlib.figure import Figure

    _, layers, _ = small_network(tmp_path)
    sides = [4, 6, 8, 10, 12, 16]
    points = grid(ArrayConfig(), layers, sides, sides, [1, 2, 3, 4], [0])
    drawn = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: drawn.append(figure))
    plot_pareto(points, "net")
    axes = drawn[0].axes[0]
    for texts in (axes.texts, axes.get_xticklabels(), axes.get_yticklabels()):
        boxes = [text.get_window_extent() for text in texts]
        assert len(boxes) >= 3
        assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


def test_the_model_alone(net, capsys):
    assert sweep("--rows", "2,4", "--layers", "wide") == 0
    captured = capsys.readouterr()
    assert "RTL" not in captured.out
    assert captured.err == ""


def test_wrong_hardware(net, capsys, monkeypatch):
    from dataclasses import replace

    from convolith.sim.commands import sweep as command

    plain = command.plan
    monkeypatch.setattr(
        command, "plan", lambda *a: [replace(t, fault="0,0,0") for t in plain(*a)]
    )
    words = ["--rows", "2", "--cols", "3", "--dot", "2", "--act-bits", "7", "--layers", "wide"]
    assert sweep(*words, "--simulate", "all") == 1
    captured = capsys.readouterr()
    assert "convolith sweep: not equal to PyTorch: wide: output (n=0, oc=0, ox=0" in captured.err
    assert "NO" in captured.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--rows 4,0", "rows must be from 1 to 1024, not 0"),
        ("--dot 2 --lanes 3", "lanes must be a multiple of dot, not 3 with dot 2"),
        ("--simulate 9x9x9", "arrays to simulate must be best, all, or of the grid: 8x8x1, not "),
        ("--size-bits 4", "layer wide: the output channels of a group must be less than 2**"),
        ("--plot /dev/full", "/dev/full cannot be written: No space left on device"),
        ("--csv /dev/full", "/dev/full cannot be written: No space left on device"),
        ("--layers x", "the layers must be among stem, deep, wide, long, not 'x'"),
        ("--plot net.csv", "net.csv cannot be written: it is an input"),
    ],
)
def test_bad_input(net, capsys, words, sentence):
    assert sweep(*words.split()) == 2
    assert capsys.readouterr().err.startswith(f"convolith sweep: error: {sentence}")
    assert [path.name for path in net.iterdir()] == ["net.csv"]


def test_no_list(net, capsys):
    with pytest.raises(SystemExit) as stop:
        sweep("--rows", "4;8")
    assert stop.value.code == 2
    assert "must be integers such as 4,8,16, not '4;8'" in capsys.readouterr().err
