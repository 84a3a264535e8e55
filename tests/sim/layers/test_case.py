"""Cases as files: what was saved is what is run again."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.layers.case import Case
from convolith.sim.layers.replay import load_case


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
