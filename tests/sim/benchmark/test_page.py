"""Tables of several syntheses."""

import json

import pytest

from convolith.sim.commands.cli import main


def synth(*words):
    return main(["synth", *map(str, words)])


def result(**changes):
    config = {"rows": 4, "cols": 2, "dot": 3, "lanes": 12}
    config |= {"depthwise": True, "bias_words": 4, "sum_words": 0}
    counts = {"lut4": 1234, "carry": 5, "ff": 6, "dsp": 7, "bram": 8, "lutram": 9}
    fmax = {"fmax_mhz": 101.6, "fmax_by_seed": {"1": 99.9, "2": 101.6, "3": 120.0}}
    names = {"target": "ecp5-85k", "block": "core", "config": config, "lut4_per_multiplier": 51.84}
    return {**names, **fmax, **counts, **changes}


def test_a_table_of_results(tmp_path, capsys):
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    paths[0].write_text(json.dumps(result()))
    other = result(target="xilinx7", block="array", fmax_mhz=None, fmax_by_seed={})
    paths[1].write_text(json.dumps(other))
    assert synth("--table", *paths) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len({line.count("|") for line in lines}) == 1
    counts = "51.8 | 1,234 | 5 | 6 | 7 | 8 | 9 |"
    assert lines[2:] == [
        f"| ecp5-85k | core | 4x2x3 | shared words, bias | 102 (100, 102, 120) | 2.4 | {counts}",
        f"| xilinx7 | array | 4x2x3 | shared words | - | - | {counts}",
    ]
    lanes = {"post_lanes": 2, "post_mode": "tflite", "store_results": True}
    more = result()["config"] | lanes
    paths[0].write_text(json.dumps(result(config=more)))
    one = {"lut4_per_lane": 7.0} | result(block="lane", config=more)
    del one["lut4_per_multiplier"]
    paths[1].write_text(json.dumps(one))
    assert synth("--table", *paths) == 0
    extras = "shared words, bias, 2 lanes tflite, stored results"
    assert capsys.readouterr().out.splitlines()[2:] == [
        f"| ecp5-85k | core | 4x2x3 | {extras} | 102 (100, 102, 120) | 2.4 | {counts}",
        f"| ecp5-85k | lane | - | tflite | 102 (100, 102, 120) | - | {counts.replace('51.8', '-')}",
    ]


def test_a_name_with_a_bar(tmp_path, capsys):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(result(target="a|b")))
    assert synth("--table", path) == 0
    assert capsys.readouterr().out.splitlines()[2].startswith(r"| a\|b | core | 4x2x3 |")


@pytest.mark.parametrize(
    "content",
    [
        "", "[1]", "{}", '{"target": "ecp5-85k"}', "[" * 200_000,
        *(
            json.dumps(result(**change))
            for change in (
                {"config": {}}, {"config": [1]}, {"fmax_by_seed": [1]}, {"lut4": None},
                {"fmax_by_seed": {"1": "x"}}, {"lut4_per_multiplier": "3"}, {"fmax_mhz": "fast"},
                {"lut4": -1}, {"lut4": True}, {"dsp": 1.5}, {"ff": float("inf")}, {"ff": 10**400},
                {"fmax_mhz": 0}, {"fmax_mhz": -3.0}, {"fmax_mhz": float("nan")}, {"fmax_mhz": True},
                {"fmax_by_seed": {"1": -1}}, {"lut4_per_multiplier": -1}, {"target": 7},
                {"lut4_per_multiplier": float("inf")}, {"block": None}, {"target": "a\nb"},
            )
        ),
        *(
            json.dumps(result(config=result()["config"] | change))
            for change in (
                {"rows": {"a": 1}}, {"rows": 0}, {"cols": True}, {"dot": 10**400}, {"lanes": "12"},
                {"depthwise": "no"}, {"depthwise": 1}, {"bias_words": -4}, {"sum_words": None},
                {"pack_edges": "no"}, {"store_results": 0}, {"post_lanes": 2, "post_mode": 3},
                {"post_lanes": "2"},
            )
        ),
    ],
)
def test_a_table_of_something_else(tmp_path, capsys, content):
    path = tmp_path / "a.json"
    path.write_text(content)
    assert synth("--table", path) == 2
    sentence = f"error: {path} must be a file that convolith synth --json wrote\n"
    assert capsys.readouterr().err.endswith(sentence)
    assert synth("--table", tmp_path / "none.json") == 2
    assert "none.json cannot be read: No such file" in capsys.readouterr().err
