"""``convolith cycles``: the model's numbers, the RTL's, and others' beside them."""

import json
import re
from pathlib import Path

import pytest
from matplotlib.image import imread
from networks import GEOMETRY, NAMES, small_network

from convolith.model.compile.candidates import whole_mapping
from convolith.sim.commands.cli import main
from convolith.sim.cycles.layer import LayerCycles

ARRAY = [*GEOMETRY, "--act-bits", "7"]
OTHERS = "layer,peer_cycles\nstem,10000\nlong,500\n"


@pytest.fixture
def layers(tmp_path, monkeypatch):
    """In a folder with the network and a comparison; its layers and the configuration."""
    monkeypatch.chdir(tmp_path)
    _, layers, config = small_network(tmp_path)
    (tmp_path / "others.csv").write_text(OTHERS)
    return layers, config


def cycles(*words):
    return main(["cycles", "net.csv", *ARRAY, *words])


def test_the_model(layers, capsys, tmp_path):
    assert cycles("--json", "c.json") == 0
    values = json.loads((tmp_path / "c.json").read_text())
    layers, config = layers
    assert [line["name"] for line in values["layers"]] == NAMES
    for line, named in zip(values["layers"], layers, strict=True):
        mapping = whole_mapping(config, named.layer)
        assert line["cycles"] == mapping.cycles
        assert line["mapping"] == mapping.name
        assert line["macs"] == named.layer.macs
        assert line["ideal_cycles"] == -(-named.layer.macs // 12)
        assert line["utilization"] == named.layer.macs / (12 * mapping.cycles)
        assert "rtl_cycles" not in line
    total = values["total"]
    for name in ("macs", "cycles", "load_cycles"):
        assert total[name] == sum(line[name] for line in values["layers"])
    assert total["utilization"] == total["macs"] / (12 * total["cycles"])
    assert total["words"]["rows"] == sum(line["words"]["rows"] for line in values["layers"])
    out = capsys.readouterr().out
    assert out.startswith("net on 2x3x2: 12 multipliers, words of 4 activations, batch 1, raw sums")
    assert re.search(rf"^all 4 .* {total['cycles']:,} ", out, re.MULTILINE)


@pytest.mark.parametrize("more", [[], ["--post-lanes", "3", "--act-bits", "8"]])
def test_the_rtl(layers, tmp_path, more):
    """Its own account of cycles, of the layers that are short enough; and the lanes'."""
    assert cycles("--json", "all.json", *more) == 0
    every = json.loads((tmp_path / "all.json").read_text())["layers"]
    most = sorted(line["cycles"] for line in every)[1]  # two of four
    assert cycles("--simulate", "--sim", "amaranth", "--at-most-cycles", str(most),
                  "--json", "c.json", *more) == 0
    values = json.loads((tmp_path / "c.json").read_text())
    simulated = [line for line in values["layers"] if "rtl_cycles" in line]
    assert len(simulated) == 2
    for line in simulated:
        assert line["rtl_cycles"] == line["cycles"] <= most
        assert line["equal"] is True
    assert values["total"]["simulated_layers"] == len(simulated)
    assert values["total"]["rtl_cycles"] == sum(line["cycles"] for line in simulated)


def test_one_cycle_apart_is_an_error(layers, capsys, monkeypatch):
    """A model that is wrong by one."""
    from convolith.model.dataflow import cycles as model

    right = model.fill
    monkeypatch.setattr(model, "fill", lambda tiling: right(tiling) + 1)
    assert cycles("--simulate", "--layers", "deep", "--sim", "amaranth") == 1
    found = capsys.readouterr()
    assert "convolith cycles: not as it should be: deep: " in found.err
    assert "NO" in found.out


def test_the_table_is_what_was_simulated(layers, capsys, monkeypatch):
    """A layer that ran in another way than the table says."""
    right = LayerCycles.cycles.fget
    monkeypatch.setattr(LayerCycles, "cycles", property(lambda layer: right(layer) - 1))
    assert cycles("--simulate", "--layers", "deep", "--sim", "amaranth", "--json", "c.json") == 1
    message = r"deep: the RTL took ([\d,]+) cycles, the model says ([\d,]+)\n"
    took, said = re.search(message, capsys.readouterr().err).groups()
    assert int(took.replace(",", "")) == int(said.replace(",", "")) + 1
    assert json.loads(Path("c.json").read_text())["total"]["equal"] is False


def test_beside_others(layers, capsys, tmp_path):
    assert cycles("--compare", "others.csv", "--json", "c.json", "--plot", "c.png") == 0
    values = json.loads((tmp_path / "c.json").read_text())
    own = {line["name"]: line["cycles"] for line in values["layers"]}
    compared = {line["name"]: line["compared"]["peer"] for line in values["layers"]}
    assert compared["stem"] == {"array": "2x3x2", "cycles": 10000, "ratio": 10000 / own["stem"]}
    assert compared["wide"]["ratio"] is None
    ratio = 10500 / (own["stem"] + own["long"])
    assert values["total"]["compared"]["peer"]["ratio"] == ratio
    out = capsys.readouterr().out
    assert "peer: cycles on array 2x3x2, of 2 of 4 layers" in out
    assert re.search(rf"^all 4 .* 10,500 +{ratio:.3f}$", out, re.MULTILINE)
    picture = imread(tmp_path / "c.png")
    assert picture.shape[1] > picture.shape[0] > 300


def test_edges(layers, capsys, tmp_path):
    """What --edges assumes is what the configuration has."""
    for words, packs in (([], False), (["--pack-edges"], True), (["--edges", "packed"], True),
                         (["--edges", "plain"], False)):
        assert cycles("--json", "c.json", *words) == 0
        values = json.loads((tmp_path / "c.json").read_text())
        assert values["config"]["pack_edges"] == packs
        assert any("packed tiles" in line["mapping"] for line in values["layers"]) == packs
        assert ("two banks" in capsys.readouterr().out) == packs


def test_several_networks(layers, capsys):
    assert cycles("--compare", "others.csv", "--json", "a.json") == 0
    assert cycles("--edges", "packed", "--layers", " wide ", "--json", "b.json") == 0
    capsys.readouterr()
    assert main(["cycles", "--table", "a.json", "b.json"]) == 0
    head, _, first, second = capsys.readouterr().out.splitlines()
    assert head.endswith("| peer / ours |")
    assert first.startswith("| net | 2x3x2 | plain | 4 | 4 | ")
    assert second.startswith("| net | 2x3x2 | packed | 4 | 1 | ")
    assert second.endswith("| - |")
    assert main(["cycles", "--table", "others.csv"]) == 2
    assert main(["cycles"]) == 2


CONFIG = {"rows": 2, "cols": 3, "dot": 2, "pack_edges": False, "lanes": 4}
TOTAL = {"layers": 2, "cycles": 1050, "utilization": 0.5, "utilization_with_loading": 0}


def report(config=(), total=(), **more):
    """What --json writes, as far as --table reads it."""
    return {
        "network": "examples/a.csv", "config": CONFIG | dict(config),
        "layers": [{"cycles": 1000}, {"cycles": 50}], "total": TOTAL | dict(total), **more,
    }


def compared(ratio):
    return {"total": {"compared": {"peer": {"ratio": ratio}}}}


def test_results_as_a_page(tmp_path, capsys):
    """No ratio where the baseline has none of the layers; bars are no ends of cells."""
    rtl = {"simulated_layers": 1, "rtl_cycles": 1234, "equal": False}
    other = {"compared": {"x|y": {"ratio": 2}, "none": {"ratio": None}}}
    results = [report(total=rtl), report({"pack_edges": True}, other, network="a|b.csv")]
    paths = [str(tmp_path / f"{i}.json") for i in range(2)]
    for path, values in zip(paths, results, strict=True):
        Path(path).write_text(json.dumps(values))
    assert main(["cycles", "--table", *paths]) == 0
    head, _, one, two = capsys.readouterr().out.splitlines()
    assert head.endswith(r"| of RTL | equal | x\|y / ours | none / ours |")
    assert one == ("| a | 2x3x2 | plain | 4 | 2 | 1,050 | 50.00% | 0.00% | 1 layers, 1,234 cycles "
                   "| NO | - | - |")
    assert two == (r"| a\|b | 2x3x2 | packed | 4 | 2 | 1,050 | 50.00% | 0.00% | - | - | 2.000 "
                   "| - |")


@pytest.mark.parametrize(
    "change",
    [
        *({"total": {"cycles": value}} for value in (
            -1, float("inf"), True, 12345.678, 10**400, None, 1049)),
        *({"total": {"utilization": value}} for value in (float("nan"), 7.5, -0.1, True, "1")),
        {"total": {"utilization_with_loading": 1.01}}, {"total": {"layers": 3}},
        {"config": {"pack_edges": "no"}}, {"config": {"pack_edges": 1}},
        {"config": {"rows": {"a": 1}}}, {"config": {"dot": 0}}, {"config": {"lanes": -4}},
        {"layers": [1]}, {"layers": None}, {"layers": []}, {"layers": [{"cycles": 1050.0}, {}]},
        *(compared(value) for value in (-3, 0, True, "2", float("nan"), float("inf"))),
        {"total": {"compared": {"a\nb": {"ratio": 1}}}}, {"total": {"compared": [1]}},
        {"total": {"rtl_cycles": -9, "simulated_layers": 1, "equal": True}},
        {"total": {"rtl_cycles": 9, "simulated_layers": True, "equal": True}},
        {"total": {"equal": "yes"}}, {"network": 5}, {"network": "a\x1b.csv"},
    ],
)
def test_damaged_results(tmp_path, capsys, change):
    path = tmp_path / "r.json"
    path.write_text(json.dumps(report(**change)))
    assert main(["cycles", "--table", str(path)]) == 2
    sentence = f"{path} must be a file that convolith cycles --json wrote"
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", f"convolith cycles: error: {sentence}\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--layers", ""], "the layers must be among stem, deep, wide, long, not ''"),
        (["--layers", "none"], "the layers must be among stem, deep, wide, long, not 'none'"),
        (["--compare", "others.csv", "--batch", "2"],
         "--compare needs --batch 1, as its cycles are of one image, not 2"),
        (["--compare", "none.csv"], "none.csv cannot be read: No such file or directory"),
        (["--simulate", "--at-most-cycles", "9"], "--at-most-cycles must leave a layer: "),
        (["--at-most-cycles", "9"], "--at-most-cycles needs --simulate, whose layers it chooses"),
        (["--rows", "0"], "rows must be "),
        (["--table", "a.json"], "--table takes no network, and runs nothing"),
        (["--edges", "plain", "--pack-edges"], "--edges plain cannot be given with --pack-edges"),
        (["--size-bits", "4"], "layer wide: the output channels of a group must be less than "),
        (["--json", "net.csv"], "net.csv"),
    ],
)
def test_bad_input(layers, capsys, tmp_path, words, message):
    before = sorted(tmp_path.iterdir())
    assert cycles("--plot", "p.png", *words) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert message in lines[-1]
    assert sorted(tmp_path.iterdir()) == before


SHAPE = "layer,in_channels,out_channels,in_h,in_w,kernel_h,kernel_w,groups,"
TOPOLOGY = (
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "
)
REPORT = "LayerID, Total Cycles (incl. prefetch), Total Cycles, Stall Cycles,\n"


@pytest.fixture
def table(tmp_path, monkeypatch, capsys):
    """A function: ``convolith cycles`` of a text; its status, the JSON's layers, what was said."""
    monkeypatch.chdir(tmp_path)

    def run(text, *words):
        Path("net.csv").write_text(text)
        status = cycles("--json", "c.json", *words)
        captured = capsys.readouterr()
        values = json.loads(Path("c.json").read_text()) if Path("c.json").exists() else None
        return status, values, captured

    return run


@pytest.mark.parametrize(
    ("text", "macs"),
    [
        (TOPOLOGY + "Strides, Batch Size,\nA,20,30,3,3,4,8,1,8,\n", [1_161_216]),
        (SHAPE + "stride,padding,dilation\naspp,64,64,33,33,3,3,1,1,6,6\n", [40_144_896]),
        (TOPOLOGY + "Stride height,Stride width,\nA,20,30,3,3,4,8,2,1,\n", [80_640]),
        (TOPOLOGY + "Strides,\nDeepSpeech_1,700,161,20,5,1,32,2,\n", [86_204_800]),
        ("Layer,M,N,K,\n1,256,128,2048,\n1,2,3,4,\n", [67_108_864, 24]),
    ],
)
def test_every_form(table, text, macs):
    status, values, captured = table(text)
    assert status == 0
    assert [line["macs"] for line in values["layers"]] == macs
    assert f" {macs[0]:,} " in captured.out


def test_one_sided_padding(table):
    """TensorFlow's SAME at stride 2."""
    status, values, _ = table(SHAPE + "stride,padding\na,3,8,10,10,3,3,1,2,same\n")
    assert status == 0
    layer = values["layers"][0]["layer"]
    assert (layer["output"], layer["padding"]) == ([1, 8, 5, 5], [0, 0])
    assert layer["padding_after"] == [1, 1]


def test_repeated_names_are_told_apart(table):
    status, values, captured = table("Layer,M,N,K,\nfc,9,9,9,\nfc,5,5,5,\n")
    assert status == 0
    assert captured.err == "convolith cycles: net.csv: repeated names have a number more: fc#2\n"
    assert [line["name"] for line in values["layers"]] == ["fc", "fc#2"]
    assert "\nfc#2 " in captured.out
    status, values, _ = table("Layer,M,N,K,\nfc,9,9,9,\nfc,5,5,5,\n", "--layers", "fc#2")
    assert [line["macs"] for line in values["layers"]] == [125]


def test_long_names(table):
    """Shortened in the table so that they differ, whole in the JSON."""
    names = [5000 * "x" + end for end in ("one", "two")]
    text = "Layer,M,N,K,\n" + "".join(f"{name},9,9,9,\n" for name in names)
    status, values, captured = table(text, "--plot", "c.png")
    assert status == 0
    assert [line["name"] for line in values["layers"]] == names
    assert max(map(len, captured.out.splitlines())) < 250
    for end in ("one", "two"):
        assert f"\n{'x' * 26}…{'x' * 10}{end} " in captured.out
    status, _, captured = table(text, "--size-bits", "4", "--layers", names[0])
    assert status in (0, 2)
    assert max(map(len, captured.err.splitlines()), default=0) < 300
    status, _, captured = table(text, "--layers", names[0] + "?")
    assert status == 2
    assert captured.err.endswith(f", not '{'x' * 26}…{'x' * 9}one?'\n")


def test_the_tables_own_batch(table, tmp_path):
    text = TOPOLOGY + "Strides, Batch,\na,5,5,3,3,1,1,1,1,\nb,5,5,3,3,1,1,1,4,\n"
    status, values, captured = table(text)
    assert (status, values["batch"]) == (0, None)
    assert ", batch 1 to 4, raw sums" in captured.out
    (tmp_path / "c.json").unlink()
    (tmp_path / "report.csv").write_text(REPORT + "0,1,1,0,\n1,1,1,0,\n")
    status, values, captured = table(text, "--compare", "report.csv")
    assert (status, values) == (2, None)
    assert captured.err == (
        "convolith cycles: error: --compare needs batch 1, as its cycles are of one image, not 4 "
        "as b has in net.csv\n"
    )
    status, _, captured = table(text, "--batch", "2")
    assert status == 2
    sentence = "net.csv, line 3: batch must be 1 in a table that is read with --batch 2, not 4"
    assert captured.err == f"convolith cycles: error: {sentence}\n"


def test_beside_a_compute_report(table, tmp_path):
    """Lines by order, also where only some of the layers are looked at."""
    text = TOPOLOGY + "Strides,\na,5,5,3,3,1,1,1,\nb_DP,5,5,3,3,2,1,1,\n"
    (tmp_path / "report.csv").write_text(REPORT + "0,9,8,0,\n1,9,20,0,\n2,9,30,7,\n")
    status, values, captured = table(text, "--compare", "report.csv", "--layers", "b_DP")
    assert status == 0
    (line,) = values["layers"]
    assert line["compared"] == {
        "scalesim": {"array": "12 multipliers", "cycles": 50, "ratio": 50 / line["cycles"]}
    }
    stalls = "report.csv: 7 of its cycles are stalls; ours have none"
    assert captured.err == f"convolith cycles: {stalls}\n"
    assert (
        "scalesim: cycles on an array that the table does not name, taken to have 12 multipliers, "
        "as ours, of 1 of 1 layers; ratio: "
    ) in captured.out


@pytest.mark.parametrize("command", ["cycles", "network", "sweep"])
def test_a_bad_table(tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    Path("net.csv").write_text("Layer,M,N,K\na,1,2\n")
    assert main([command, "net.csv"]) == 2
    sentence = "net.csv, line 2: there must be at least 4 cells, not 3"
    assert capsys.readouterr().err == f"convolith {command}: error: {sentence}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["net.csv"]
