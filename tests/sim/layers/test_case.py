"""Cases as files: what was saved is what is run again."""

import json
import re
from dataclasses import asdict

import numpy as np
import pytest

from convolith.model.options.config import ArrayConfig
from convolith.sim.commands.cli import main
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.fuzz.numbers import drawing
from convolith.sim.fuzz.trials import draw_case
from convolith.sim.layers.case import Case
from convolith.sim.layers.case_file import read_content
from convolith.sim.layers.chain_case import ChainCase
from convolith.sim.layers.replay import load_case
from convolith.sim.mutation.configurations import CONFIGURATIONS
from convolith.sim.mutation.stage import LIMITS


@pytest.mark.parametrize("bias", [None, np.array([3, -4])])
def test_the_same_again(tmp_path, bias):
    case = Case(
        config=ArrayConfig(rows=2, cols=3, depthwise=False, act_words=77),
        x=np.arange(24.0).reshape(1, 2, 12) / 7, w=np.arange(12).reshape(2, 2, 3), bias=bias,
        arguments={"stride": (2,), "padding": "valid", "padding_mode": "circular"},
    )
    path = tmp_path / "case.npz"
    path.write_bytes(case.content())
    again = load_case(path)
    assert again.config == case.config
    first, second = (one.prepare().run(AmaranthSimulator()) for one in (case, again))
    assert np.array_equal(first.output, second.output)
    assert first.cycles == second.cycles


def test_files_that_are_none(tmp_path):
    path = tmp_path / "case.npz"
    wrong = "^the case must be a file that a campaign has saved, which .* is not$"
    for content in (b"", b"text", b"PK\x03\x04"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=wrong):
            load_case(path)
    np.savez(path, x=np.ones(3))
    with pytest.raises(ValueError, match=wrong):
        load_case(path)
    np.savez(path, x=np.ones(3), w=np.ones(3), case="[]")
    with pytest.raises(ValueError, match=wrong):
        load_case(path)
    config = asdict(ArrayConfig())
    for arguments in ({"foo": 1}, {"stride": [[1]]}, {"stride": {}}, {"exact": "no"}, [1],
                      {"groups": 1.5}, {"padding_mode": ["zeros"]}):
        text = json.dumps({"config": config, "arguments": arguments})
        np.savez(path, x=np.ones((1, 1, 1)), w=np.ones((1, 1, 1)), case=text)
        with pytest.raises(ValueError, match=wrong):
            load_case(path)
    np.savez(path, x=np.ones(3), w=np.ones(3), case="[" * 100_000)
    with pytest.raises(ValueError, match=wrong):
        load_case(path)
    np.save(tmp_path / "x.npy", np.ones(3))
    with pytest.raises(ValueError, match=wrong):
        load_case(tmp_path / "x.npy")
    with pytest.raises(ValueError, match="^the case cannot be read from .*: No such file"):
        load_case(tmp_path / "nothing.npz")


def test_damaged_files(tmp_path):
    """Whatever is changed: it is refused in a sentence, or it is a case."""
    content = Case(
        config=ArrayConfig(rows=1, cols=1), x=np.arange(6).reshape(1, 1, 6), w=np.ones((1, 1, 2)),
        arguments={"stride": [2]},
    ).content()
    path, rng = tmp_path / "case.npz", np.random.default_rng(5)
    sentences = set()
    for _ in range(300):
        damaged = np.frombuffer(content, dtype=np.uint8).copy()
        damaged[rng.integers(0, len(content), 3)] = rng.integers(0, 256, 3)
        path.write_bytes(damaged[: rng.integers(1, 2 * len(content))].tobytes())
        try:
            load_case(path)
        except ValueError as error:
            sentences.add(str(error))
    assert sentences == {f"the case must be a file that a campaign has saved, which {path} is not"}


@pytest.fixture(scope="module")
def saved():
    """The JSON and the tensors of a layer, and of a chain, in environments."""
    draw, found = drawing(np.random.default_rng(3)), {}
    while len(found) < 2:
        drawn = draw_case(draw, CONFIGURATIONS["stored"], LIMITS, surrounded=True, form="chain")
        if drawn.trial:
            found["chain" if isinstance(drawn.case, ChainCase) else "layer"] = drawn.case
    return {name: case.content() for name, case in found.items()}


PLACES = [
    (-1, "the weight base must be at least 0, not -1"),
    (10**9, r"the weight base must be from 0 to \d+, not 1000000000"),
    ("x", "the weight base must be an integer, not 'x'"),
    (1.5, r"the weight base must be an integer, not 1\.5"),
    (None, "the weight base must be an integer, not None"),
    ([1], r"the weight base must be an integer, not \[1\]"),
]
AROUND = [
    ({"percent": 0}, "percent must be from 1 to 100, not 0"),
    ({"percent": 50.5}, r"percent must be an integer, not 50\.5"),
    ({"percent": "a"}, "percent must be an integer, not 'a'"),
    ({"percent": True}, "percent must be an integer, not True"),
    ({"seed": -1}, "seed must be from 0 to 4294967295, not -1"),
    ({"seed": 1.5}, r"seed must be an integer, not 1\.5"),
    ({"scrambled": "yes"}, "scrambled must be True or False, not 'yes'"),
    ({"nope": 1}, None),
    ([1], None),
    ("x", None),
    (0, None),
]


@pytest.mark.parametrize("kind", ["layer", "chain"])
@pytest.mark.parametrize(("what", "value", "sentence"), [
    *(("bases", *one) for one in PLACES), *(("environment", *one) for one in AROUND),
    ("bases", 5, None), ("config", {"rows": 0}, "rows must be from 1 to 1024, not 0"),
    ("config", {"rows": "a"}, "rows must be an integer, not 'a'"), ("config", 3, None),
])
def test_values_that_cannot_be(saved, tmp_path, capsys, monkeypatch, kind, what, value, sentence):
    """One sentence and status 2 of both commands, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "case.npz"
    path.write_bytes(saved[kind])
    text, arrays = read_content(path)
    if what == "bases" and sentence:
        (text["bases"][1] if kind == "chain" else text["bases"])["weight"] = value
    elif what == "config" and sentence:
        text["config"] |= value
    else:
        text[what] = value
    np.savez(path, case=np.array(json.dumps(text)), **arrays)
    sentence = sentence or f"the case must be a file that a campaign has saved, which {path} is not"
    for command in (["run", "--sim", "amaranth"], ["agree", "--engines", "model,amaranth"]):
        assert main([*command, "--replay", str(path)]) == 2
        error = capsys.readouterr().err
        start = rf"convolith {command[0]}: error: (the case {path} cannot be run: )?"
        assert re.fullmatch(rf"{start}{sentence}\n", error)
    assert list(tmp_path.iterdir()) == [path]


def test_chains_that_are_none(saved, tmp_path, capsys):
    """One without outputs, one of a single layer, one without any."""
    path = tmp_path / "case.npz"
    path.write_bytes(saved["chain"])
    text, arrays = read_content(path)
    x = arrays["x"][:0]
    for layers, tensors, sentence in (
        (text["layers"], arrays | {"x": x},
         f"a chain must have outputs, which an input of {x.shape} does not give"),
        (text["layers"][:1], arrays, "a chain must have two layers at least, not 1"),
        ([], arrays, "a chain must have two layers at least, not 0"),
        (text["layers"][:1] * 2 + [{"arguments": {}, "quantized": 3}], arrays,
         f"the case must be a file that a campaign has saved, which {path} is not"),
        ([text["layers"][0] | {"arguments": {"exact": True}}] * 2, arrays,
         f"the case must be a file that a campaign has saved, which {path} is not"),
    ):
        np.savez(path, case=np.array(json.dumps(text | {"layers": layers})), **tensors)
        for command in (["run", "--sim", "amaranth"], ["agree", "--engines", "model,amaranth"]):
            assert main([*command, "--replay", str(path)]) == 2
            assert capsys.readouterr().err == f"convolith {command[0]}: error: {sentence}\n"
