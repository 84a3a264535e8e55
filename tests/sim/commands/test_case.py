"""What ``convolith run`` is to run: state dicts, plans, replays."""

import json

import numpy as np
import pytest
import torch
from cli_run import GOOD, SMALL, run

FROM_FILES = """
--input x.npy: --weight or --weights is needed, a .npy file or a state dict
--input x.npy --weight w.npy --weights f.pt: --weight or --weights is needed, not both
--input x.npy --weights f.pt --bias b.npy: --bias goes with --weight: --weights has the bias in
--input x.npy --weights x.npy: the weights must be a state dict of tensors, saved by torch.save
--replay x.npy --groups 2: --groups cannot be given with --replay, whose file has the whole case
--replay x.npy --rows 3: --rows cannot be given with --replay, whose file has the whole case
--replay x.npy --no-depthwise: --depthwise cannot be given with --replay, whose file has the whole
--replay x.npy: the case must be a file that a campaign has saved, which x.npy is not
--replay x.npy --weight w.npy: --weight cannot be given with --replay, whose file has the whole case
"""


@pytest.mark.parametrize("line", FROM_FILES.strip().splitlines())
def test_bad_files(files, capsys, line):
    words, sentence = line.split(": ", 1)
    torch.save(torch.nn.Conv1d(3, 2, 2).state_dict(), "f.pt")
    before = sorted(files.iterdir())
    assert run(*words.split(), "--output", "y.npy", "--json", "r.json") == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"convolith run: error: {sentence}")
    assert captured.err.count("\n") == 1
    assert sorted(files.iterdir()) == before


def test_a_state_dict(files, capsys):
    torch.manual_seed(1)
    module = torch.nn.Conv1d(3, 5, 2)
    torch.save(module.state_dict(), "f.pt")
    words = [*SMALL, "--input", "xf.npy", "--weights", "f.pt", "--weight-bits", "12"]
    assert run(*words, "--exact") == 2
    assert "the weight must fit 12 signed bits, but" in capsys.readouterr().err
    assert run(*words, "--output", "y.npy", "--json", "r.json") == 0
    report = json.loads((files / "r.json").read_text())
    assert report["equal"] is True
    assert report["formats"] == {"act": "Q3.4", "weight": "Q-1.12"}  # as fine as the bias asks
    expected = module(torch.from_numpy(np.load("xf.npy"))).detach().numpy()
    error = np.abs(np.load("y.npy") - expected).max()
    assert 0 < error < 0.01
    assert report["float_error"]["largest"] == pytest.approx(error, abs=1e-6)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("rounded to act Q3.4, weight Q-1.12; against floating point: at")
    # PyTorch with the rounded weights and bias: the very same numbers.
    step = 2.0**12
    with torch.no_grad():
        module.weight.copy_(torch.round(module.weight * step) / step)
        module.bias.copy_(torch.round(module.bias.double() * step * 16) / step / 16)
        same = module.double()(torch.from_numpy(np.load("xf.npy")).double())
    assert np.array_equal(np.load("y.npy"), same.numpy())


def test_a_linear_layer(files):
    module = torch.nn.Linear(5, 3)
    torch.save(module.state_dict(), "f.pt")
    assert run(*SMALL, "--input", "x.npy", "--weights", "f.pt", "--output", "y.npy") == 0
    expected = module(torch.from_numpy(np.load("x.npy")).float()).detach().numpy()
    assert np.load("y.npy").shape == expected.shape == (1, 4, 3, 3)
    assert np.abs(np.load("y.npy") - expected).max() < 3


def test_the_plan(files, capsys):
    words = [*SMALL, *GOOD, "--act-words", "12", "--plan"]
    assert run(*words, "--json", "p.json") == 0
    lines = capsys.readouterr().out.splitlines()
    plan = json.loads((files / "p.json").read_text())
    pieces = plan["pieces"]
    assert len(lines) == 2 + len(pieces) + 1
    assert lines[0].split()[:6] == ["piece", "n", "oc", "ox", "oy", "ic"]
    assert lines[-1].split()[0] == "all"
    assert lines[-1].split()[-1] == str(plan["cycles"]) == str(sum(p["cycles"] for p in pieces))
    assert plan["words"]["act"] == sum(piece["words"]["act"] for piece in pieces)
    covered = np.zeros((1, 4, 2, 4), dtype=int)
    for piece in pieces:
        covered[tuple(slice(*piece[name]) for name in ("n", "oc", "ox", "oy"))] += 1
        assert piece["words"]["act"] <= 12
    assert (covered == 1).all()
    # What is planned is what runs.
    assert run(*words[:-1], "--json", "r.json") == 0
    report = json.loads((files / "r.json").read_text())
    assert (report["cycles"], report["passes"]) == (plan["cycles"], len(pieces))
    assert report["words"] == plan["words"]


def test_a_plan_simulates_nothing(files, capsys):
    for words in (["--output", "y.npy"], ["--waves", "w.vcd"], ["--fault", "0,0,0"]):
        assert run(*SMALL, *GOOD, "--plan", *words) == 2
        message = f"{words[0]} cannot be given with --plan, which simulates nothing"
        assert message in capsys.readouterr().err
    assert sorted(path.suffix for path in files.iterdir()) == [".npy"] * 5


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
@pytest.mark.parametrize(
    "words", ["", "--padding 1", "--padding 1,2", "--padding same", "--padding same --dilation 2"]
)
def test_padding(files, mode, words):
    """One number or two, in every mode."""
    options = dict(zip(words.split()[::2], words.split()[1::2], strict=True))
    padding = options.get("--padding", "0")
    if padding != "same":
        padding = tuple(map(int, padding.split(",")))
        padding = padding if len(padding) == 2 else padding[0]
    x, w = (torch.from_numpy(np.load(f"{n}.npy").astype(np.float64)) for n in "xw")
    module = torch.nn.Conv2d(
        4, 4, 2, groups=2, bias=False, dtype=torch.float64, padding=padding, padding_mode=mode,
        dilation=int(options.get("--dilation", 1)),
    )
    module.weight.data = w
    words = [*SMALL, *GOOD, *words.split(), "--padding-mode", mode, "--output", "y.npy"]
    assert run(*words) == 0
    assert np.array_equal(np.load("y.npy"), module(x).detach().numpy())
