"""``convolith network`` as users call it."""

import json
import os
import re
import subprocess
import sys

import pytest
from networks import ARRAY, GEOMETRY, HEADER, NAMES, network, report, small_network
from vcd_reader import at_each_cycle

from convolith.model.compile.parts import split
from convolith.model.dataflow.cycles import cycles
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.sim.commands.cli import main


def test_the_table_and_the_json(net, capsys):
    assert network("--json", "r.json", "--seed", "7") == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert re.split(r"\s{2,}", lines[0].strip()) == [
        "layer", "shape", "equal", "cycles", "model", "utilization", "wall"
    ]
    assert [line.split()[0] for line in lines[2:7]] == [*NAMES, "total"]
    assert lines[2].startswith("stem   1x3x17x13 * 8x3x3x3 s2,2 p1,1  yes")
    assert "4 layers of net.csv on 2x3x2, seed 7" in captured.err
    whole = report(net)
    assert [layer["name"] for layer in whole["layers"]] == NAMES
    for layer in whole["layers"]:
        assert layer["equal"]
        assert layer["cycles"] == layer["model_cycles"]
        assert layer["utilization"] == layer["macs"] / (layer["cycles"] * 12)
        assert layer["pieces"] == 1
        assert not layer["resumed"]
        assert layer["difference"] is None
    total = whole["total"]
    assert total["equal"]
    assert total["cycles"] == sum(layer["cycles"] for layer in whole["layers"])
    assert total["macs"] == sum(layer["macs"] for layer in whole["layers"])
    assert (whole["seed"], whole["batch"], whole["workers"]) == (7, 1, 1)
    assert whole["config"]["act_bits"] == 7


def test_batch_and_layers(net):
    assert network("--json", "r.json", "--batch", "2", "--layers", "wide,stem") == 0
    layers = report(net)["layers"]
    assert [layer["name"] for layer in layers] == ["stem", "wide"]  # the network's order
    assert [layer["layer"]["input"][0] for layer in layers] == [2, 2]


def test_processes_and_resume(net, capsys):
    assert network("--json", "r.json", "--jobs", "3") == 0
    first = report(net)
    assert first["workers"] == 3
    assert [layer["pieces"] > 1 for layer in first["layers"]] == [False, False, False, True]
    assert all(layer["cycles"] == layer["model_cycles"] for layer in first["layers"])
    _, layers, config = small_network(net)
    pieces = split(config, layers[3].layer, first["layers"][3]["pieces"])
    taken = sum(cycles(DenseTiling(config, piece.layer)) for piece in pieces)
    assert first["layers"][3]["cycles"] == taken
    assert first["total"]["cycles"] == sum(layer["cycles"] for layer in first["layers"])
    assert "1x12x9x9 * 40x12x3x3 p1,1 in 6 pieces  yes" in capsys.readouterr().out
    assert network("--json", "r.json", "--jobs", "3", "--resume") == 0
    second = report(net)
    assert all(layer["resumed"] for layer in second["layers"])
    for key in ("name", "cycles", "equal", "wall_s"):
        assert [x[key] for x in second["layers"]] == [x[key] for x in first["layers"]]
    # What has changed is run again: another seed, one layer.
    text = (net / "net.csv").read_text()
    (net / "net.csv").write_text(text.replace("wide,8,30,", "wide,8,31,"))
    assert network("--json", "r.json", "--jobs", "3", "--resume") == 0
    assert [x["resumed"] for x in report(net)["layers"]] == [True, True, False, True]
    assert network("--json", "r.json", "--jobs", "3", "--resume", "--seed", "8") == 0
    assert not any(layer["resumed"] for layer in report(net)["layers"])
    # Without --resume all is run again, and then known again.
    assert network("--json", "r.json", "--jobs", "3", "--layers", "wide") == 0
    assert not any(layer["resumed"] for layer in report(net)["layers"])


def test_a_full_disk_does_not_take_the_table(net, capsys):
    assert network("--layers", "wide", "--json", "/dev/full") == 2
    captured = capsys.readouterr()
    assert captured.out.startswith("layer ")
    sentence = "/dev/full cannot be written: No space left on device"
    assert captured.err.splitlines()[-1] == f"convolith network: error: {sentence}"


@pytest.mark.parametrize(
    ("out", "reason"), [("/dev/full", "No space left on device"), (None, "Broken pipe")]
)
def test_standard_output_that_cannot_be_written(net, out, reason):
    """A sentence, not status 1, which means wrong; the other outputs are there."""
    words = [sys.executable, "-m", "convolith", "network", "net.csv", *ARRAY, "--layers", "wide"]
    if out is None:
        read, write = os.pipe()
        os.close(read)
    else:
        write = os.open(out, os.O_WRONLY)
    done = subprocess.run([*words, "--json", "r.json"], stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert done.returncode == 2
    said = done.stderr.decode().splitlines()
    sentence = f"standard output cannot be written: {reason}"
    assert said[-1] == f"convolith network: error: {sentence}"
    assert "Traceback" not in done.stderr.decode()
    assert report(net)["layers"][0]["equal"]


def test_a_window_from_amaranths_simulator(net, capsys, monkeypatch):
    (net / "file").touch()
    monkeypatch.setenv("CONVOLITH_CACHE", str(net / "file" / "cache"))
    words = ["--fault", "wide:1,2,4", "--waves-around-first-error", "e.vcd", "--json", "r.json"]
    assert network("--sim", "auto", *words) == 1
    assert "using Amaranth's simulator" in capsys.readouterr().err
    cycle = int(re.search(r"in cycle (\d+)", report(net)["layers"][2]["difference"])[1])
    shown = at_each_cycle(net / "e.vcd", ["rows_out.valid"])
    assert shown[cycle] == (1,)
    assert max(shown) == cycle + 4


def test_a_fault(net, capsys):
    words = ["--json", "r.json", "--fault", "wide:1,2,4"]
    assert network(*words) == 1
    assert [layer["equal"] for layer in report(net)["layers"]] == [True, True, False, True]
    captured = capsys.readouterr()
    message = "convolith network: not equal to PyTorch: wide: output (n=0, oc=2, ox=0, oy=1) must"
    assert message in captured.err
    assert "NO" in captured.out
    assert network(*words, "--resume") == 1  # what was wrong is looked at again
    assert [layer["resumed"] for layer in report(net)["layers"]] == [True, True, False, True]


def test_a_fault_that_hits_nothing_says_so(net, capsys):
    assert network("--layers", "wide", "--fault", "wide:0,0,0,1") == 0
    assert "the fault hit no sum of wide that left the array" in capsys.readouterr().err


def test_names_with_commas_and_colons(net, capsys):
    """--layers and --fault take the longest name that is one."""
    row = ",5,4,7,"
    names = ["a", "a:0,0", "b,a"]
    (net / "net.csv").write_text(
        "Layer,M,N,K,\n" + "".join(f'"{name}"{row}\n' for name in names)
    )
    words = ["--sim", "amaranth", "--json", "r.json"]
    assert network(*words, "--fault", "a:0,0:0,0,4") == 1
    assert [layer["equal"] for layer in report(net)["layers"]] == [True, False, True]
    assert network(*words, "--layers", "b,a", "--fault", "b,a:0,0,4") == 1
    assert [layer["name"] for layer in report(net)["layers"]] == ["b,a"]
    assert network(*words, "--layers", "a:0,0,a", "--fault", "a:0,0,4") == 1
    layers = report(net)["layers"]
    assert [(layer["name"], layer["equal"]) for layer in layers] == [("a", False), ("a:0,0", True)]


def test_long_names_are_shortened(net, capsys):
    """Where a fault is to be, and where it changed nothing."""
    name = 3000 * "n"
    (net / "net.csv").write_text(f"Layer,M,N,K,\n{name},5,4,7,\n")
    short = f"{26 * 'n'}…{13 * 'n'}"
    assert network("--sim", "amaranth", "--fault", f"{name}:0,0,0,1") == 0
    said = f"the fault hit no sum of {short} that left the array\n"
    assert said in capsys.readouterr().err
    assert main(["network", "net.csv", *GEOMETRY, "--post-lanes", "1", "--sim", "amaranth",
                 "--fault", f"{name}:0,0,0,1"]) == 0
    assert f"the fault changed no output of {short}\n" in capsys.readouterr().err
    assert network("--fault", f"x{name}:0,0,0") == 2
    assert f"not 'x{25 * 'n'}…{13 * 'n'}'\n" in capsys.readouterr().err
    assert network("--fault", name) == 2
    assert f"or with ,CYCLE, not '{short}'\n" in capsys.readouterr().err


def test_waves_around_the_first_error(net):
    words = ["--fault", "wide:1,2,4", "--waves-around-first-error", "e.vcd", "--json", "r.json"]
    assert network(*words) == 1
    cycle = int(re.search(r"in cycle (\d+)", report(net)["layers"][2]["difference"])[1])
    shown = at_each_cycle(net / "e.vcd", ["rows_out.valid"])
    assert shown[cycle] == (1,)
    assert max(shown) == cycle + 4
    assert (net / "e.gtkw").exists()
    assert (net / "e.sucl").exists()


def quantized(*words):
    return main(["network", "net.csv", *GEOMETRY, "--post-lanes", "1", *words])


def test_quantized_layers_are_the_default(net, capsys):
    assert main(["network", "net.csv", *GEOMETRY, "--json", "r.json", "--jobs", "2"]) == 0
    said = capsys.readouterr().err
    assert "4 layers of net.csv on 2x3x2, seed 0: quantized layers, 1 lanes" in said
    found = report(net)
    assert found["quantized"]
    assert found["config"]["post_lanes"] == 1
    assert found["total"]["equal"]
    assert [layer["name"] for layer in found["layers"]] == NAMES
    assert all(layer["cycles"] == layer["model_cycles"] for layer in found["layers"])
    assert network("--json", "s.json") == 0
    sums = json.loads((net / "s.json").read_text())
    assert not sums["quantized"]
    assert found["total"]["cycles"] > sums["total"]["cycles"]
    # What a layer is does not depend on who else runs, or in how many pieces.
    assert quantized("--json", "r.json", "--layers", "long", "--resume") == 0
    assert report(net)["layers"][0]["equal"]


def test_a_fault_in_a_quantized_layer(net, capsys):
    words = ["--json", "r.json", "--fault", "wide:1,2,20", "--waves-around-first-error", "e.vcd"]
    assert quantized(*words) == 1
    assert [layer["equal"] for layer in report(net)["layers"]] == [True, True, False, True]
    assert "not equal to PyTorch: wide: output (n=0, oc=2, ox=0, oy=1) must" in (
        capsys.readouterr().err
    )
    cycle = int(re.search(r"in cycle (\d+)", report(net)["layers"][2]["difference"])[1])
    shown = at_each_cycle(net / "e.vcd", ["results_out.valid"])
    assert shown[cycle] == (1,)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--sums --post-lanes 3", "--post-lanes cannot be given with --sums, which need none"),
        ("--post-lanes 0", "post_lanes must be at least 1 for quantized layers, not 0 (--sums "),
        ("--act-bits 7", "act_bits must be at least 8 for quantized layers, not 7 (--sums "),
        ("--weight-bits 6", "weight_bits must be at least 8 for quantized layers, not 6 (--sums "),
        ("--post-mode float32", "post_mode must be int32 for a network, not float32"),
        ("--post-mode rounded", "post_mode must be one of int32, float32, tflite, not 'rounded'"),
    ],
)
def test_bad_quantized(net, capsys, words, sentence):
    assert main(["network", "net.csv", *GEOMETRY, *words.split()]) == 2
    assert capsys.readouterr().err.startswith(f"convolith network: error: {sentence}")


WRONG = """
--layers stem,x: the layers must be among stem, deep, wide, long, not 'x'
--rows 0: rows must be from 1 to 1024, not 0
--size-bits 4: layer wide: the output channels of a group must be less than 2**size_bits = 16, not
--fault 1,2,3: a fault must be LAYER:ROW,COL,BIT or with ,CYCLE, not '1,2,3'
--fault x:1,2,3: the layers must be among stem, deep, wide, long, not 'x'
--fault wide:9,2,3: a fault's row must be from 0 to 1, not 9
--acc-bits 12: layer stem: acc_bits must be at least 18 for this weight, not 12: with 7-bit
--json no/r.json: no/r.json cannot be written: No such file or directory
--json net.csv: net.csv cannot be written: it is an input
--sim spice: the simulator must be one of amaranth, verilator, auto, not 'spice'
--cluster nonsense://x:1: no Dask scheduler answers at nonsense://x:1: unknown address scheme
"""


@pytest.mark.parametrize(
    ("words", "sentence"), [line.split(": ", 1) for line in WRONG.strip().splitlines()]
)
def test_bad_input(net, capsys, words, sentence):
    assert network(*words.split()) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith(f"convolith network: error: {sentence}")
    assert sorted(path.name for path in net.iterdir()) == ["net.csv"]


BAD_WORDS = ["--jobs 0", "--batch x", "--seed -1", "--jobs 2 --cluster tcp://h:1",
             "--cluster foo", "--cluster tcp://", "--cluster="]


@pytest.mark.parametrize("words", BAD_WORDS)
def test_bad_words(net, words):
    with pytest.raises(SystemExit) as stop:
        network(*words.split())
    assert stop.value.code == 2


def test_a_bad_line(net, capsys):
    (net / "net.csv").write_text(HEADER + "a,1,1,5,5,3,3,1,0,1\nb,1,1,5,5,3,3,1,zero,1\n")
    assert network() == 2
    sentence = "net.csv, line 3: padding must be an integer, not 'zero'\n"
    assert capsys.readouterr().err == f"convolith network: error: {sentence}"


def test_every_form_of_a_table(net, capsys):
    """One-sided padding, products, a batch and repeated names, in RTL; long names are shortened."""
    shape = HEADER.replace("stride,padding", "stride_h,stride_w,padding").replace("\n", ",batch\n")
    name = 3000 * "n"
    (net / "net.csv").write_text(
        shape + f"{name},3,4,6,7,3,3,2,1,same,1,2\na,2,2,5,5,2,2,1,1,same,1,1\n"
    )
    assert network("--sim", "amaranth", "--json", "r.json") == 0
    first, second = report(net)["layers"]
    assert (first["name"], first["layer"]["output"]) == (name, [2, 4, 3, 7])
    assert (first["layer"]["padding"], first["layer"]["padding_after"]) == ([0, 1], [1, 1])
    assert second["layer"]["output"] == [1, 2, 5, 5]
    assert report(net)["batch"] is None
    line = f"\n{26 * 'n'}…{13 * 'n'}  2x3x6x7 * 4x3x3x3 s2,1 p0,1:1,1  yes"
    assert line in capsys.readouterr().out
    (net / "net.csv").write_text("Layer,M,N,K,\nfc,5,4,7,\nfc,3,4,7,\n")
    assert network("--sim", "amaranth", "--json", "r.json", "--fault", "fc#2:0,0,4") == 1
    assert [layer["equal"] for layer in report(net)["layers"]] == [True, False]
    captured = capsys.readouterr()
    assert "convolith network: net.csv: repeated names have a number more: fc#2\n" in captured.err
    assert "convolith network: not equal to PyTorch: fc#2: output " in captured.err
    assert "\nfc#2   1x7x3x1 * 4x7x1x1  NO " in captured.out
