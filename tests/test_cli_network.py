"""``convolith network`` as users call it."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from networks import ARRAY, HEADER, NAMES, small_network

from convolith.sim.cli import main
from convolith.sim.network import journal
from convolith.sim.network.journal import Journal


@pytest.fixture
def net(tmp_path, monkeypatch):
    """net.csv in the working directory; runs are kept apart from other tests'."""
    small_network(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words):
    return main(["network", "net.csv", *ARRAY, *words])


def report(folder):
    return json.loads((folder / "r.json").read_text())


def test_the_table_and_the_json(net, capsys):
    assert run("--json", "r.json", "--seed", "7") == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert re.split(r"\s{2,}", lines[0].strip()) == [
        "layer", "shape", "equal", "cycles", "model", "utilization", "wall"
    ]  # fmt: skip
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
    assert run("--json", "r.json", "--batch", "2", "--layers", "wide,stem") == 0
    layers = report(net)["layers"]
    assert [layer["name"] for layer in layers] == ["stem", "wide"]  # the network's order
    assert [layer["layer"]["input"][0] for layer in layers] == [2, 2]


def test_processes_and_resume(net, capsys):
    assert run("--json", "r.json", "--jobs", "3") == 0
    first = report(net)
    assert first["workers"] == 3
    assert [layer["pieces"] > 1 for layer in first["layers"]] == [False, False, False, True]
    assert "1x12x9x9 * 40x12x3x3 p1,1 in 5 pieces  yes" in capsys.readouterr().out
    assert run("--json", "r.json", "--jobs", "3", "--resume") == 0
    second = report(net)
    assert all(layer["resumed"] for layer in second["layers"])
    for key in ("name", "cycles", "equal", "wall_s"):
        assert [x[key] for x in second["layers"]] == [x[key] for x in first["layers"]]
    # What has changed is run again: another seed, one layer.
    text = (net / "net.csv").read_text()
    (net / "net.csv").write_text(text.replace("wide,8,30,", "wide,8,31,"))
    assert run("--json", "r.json", "--jobs", "3", "--resume") == 0
    assert [x["resumed"] for x in report(net)["layers"]] == [True, True, False, True]
    assert run("--json", "r.json", "--jobs", "3", "--resume", "--seed", "8") == 0
    assert not any(layer["resumed"] for layer in report(net)["layers"])
    # Without --resume all is run again, and then known again.
    assert run("--json", "r.json", "--jobs", "3", "--layers", "wide") == 0
    assert not any(layer["resumed"] for layer in report(net)["layers"])


def test_resume_with_other_workers_and_layers(net):
    """Whatever the layers were split into then, what is done is not run again."""
    assert run("--json", "r.json", "--jobs", "3") == 0
    pieces = [layer["pieces"] for layer in report(net)["layers"]]
    assert pieces[3] > 1
    for words in ([], ["--jobs", "2"], ["--layers", "long,wide"], ["--layers", "long"]):
        assert run("--json", "r.json", "--resume", *words) == 0
        layers = report(net)["layers"]
        assert all(layer["resumed"] for layer in layers)
        assert [layer["pieces"] for layer in layers] == [
            pieces[NAMES.index(layer["name"])] for layer in layers
        ]


def test_resume_takes_the_split_that_is_done_most(net):
    assert run("--layers", "long") == 0  # whole
    assert run("--json", "r.json", "--jobs", "3", "--resume") == 0
    assert [layer["resumed"] for layer in report(net)["layers"]] == [False, False, False, True]
    assert report(net)["layers"][3]["pieces"] == 1


def test_the_core_does_not_depend_on_the_choice_of_layers(net):
    text = (net / "net.csv").read_text()
    (net / "net.csv").write_text(text + "large,1,1,1100,1100,1,1,1,0,1\n")
    assert run("--layers", "wide", "--json", "r.json") == 0
    assert report(net)["config"]["addr_bits"] == 21


def test_a_fault_past_a_piece(net, capsys):
    """That a piece of an earlier run is shorter than the layer is found before anything runs."""
    assert run("--jobs", "3") == 0
    assert run("--resume", "--fault", "long:0,0,1,9000") == 2
    assert "a fault's cycle must be " in capsys.readouterr().err


def test_a_full_disk_does_not_take_the_table(net, capsys):
    assert run("--layers", "wide", "--json", "/dev/full") == 2
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


def test_auto_that_cannot_show_a_window(net, capsys, monkeypatch):
    (net / "file").touch()
    monkeypatch.setenv("CONVOLITH_CACHE", str(net / "file" / "cache"))
    assert run("--sim", "auto", "--waves-around-first-error", "e.vcd") == 2
    said = capsys.readouterr().err.splitlines()
    assert "using Amaranth's simulator" in said[0]
    assert said[-1].startswith("convolith network: error: a window of cycles needs the simulator ")
    assert not (net / "e.vcd").exists()


def test_a_fault(net, capsys):
    words = ["--json", "r.json", "--fault", "wide:1,2,4"]
    assert run(*words) == 1
    assert [layer["equal"] for layer in report(net)["layers"]] == [True, True, False, True]
    captured = capsys.readouterr()
    message = "convolith network: not equal to PyTorch: wide: output (n=0, oc=2, ox=0, oy=1) must"
    assert message in captured.err
    assert "NO" in captured.out
    assert run(*words, "--resume") == 1  # what was wrong is looked at again
    assert [layer["resumed"] for layer in report(net)["layers"]] == [True, True, False, True]


def test_a_fault_that_hits_nothing_says_so(net, capsys):
    assert run("--layers", "wide", "--fault", "wide:0,0,0,1") == 0
    assert "the fault hit no sum of wide that left the array" in capsys.readouterr().err


def test_a_mistake_forgets_nothing(net):
    """What is refused leaves the runs before as they are."""
    assert run() == 0
    assert run("--fault", "stem:99,0,0") == 2
    assert run("--json", "r.json", "--resume") == 0
    assert all(layer["resumed"] for layer in report(net)["layers"])


def test_resume_by_simulator(net):
    assert run("--layers", "wide", "--sim", "verilator") == 0
    for name, resumed in (("auto", True), ("verilator", True), ("amaranth", False)):
        words = ["--layers", "wide", "--sim", name, "--resume", "--json", "r.json"]
        assert run(*words) == 0
        assert report(net)["layers"][0]["resumed"] is resumed


@pytest.mark.parametrize("harm", ['"cycles": "x"', '"equal": 1', '"simulation_s": null'])
def test_damaged_lines_of_the_journal_are_left_out(net, harm):
    assert run("--layers", "wide") == 0
    paths = list((journal.Cache().root / journal.RUNS).iterdir())
    path = max(paths, key=lambda path: path.stat().st_mtime_ns)
    name = harm.partition(":")[0]
    path.write_text(re.sub(f"{name}: [^,}}]+", harm, path.read_text()))
    assert run("--layers", "wide", "--resume", "--json", "r.json") == 0
    assert not report(net)["layers"][0]["resumed"]


def test_waves_around_the_first_error(net):
    from vcd_reader import at_each_cycle

    words = ["--fault", "wide:1,2,4", "--waves-around-first-error", "e.vcd", "--json", "r.json"]
    assert run(*words) == 1
    cycle = int(re.search(r"in cycle (\d+)", report(net)["layers"][2]["difference"])[1])
    shown = at_each_cycle(net / "e.vcd", "native", ["row_valid"])
    assert shown[cycle] == (1,)
    assert max(shown) == cycle + 4
    assert (net / "e.gtkw").exists()


def test_cut_off_lines_of_the_journal_are_left_out(net):
    assert run("--layers", "stem,wide") == 0
    paths = list((journal.Cache().root / journal.RUNS).iterdir())
    path = max(paths, key=lambda path: path.stat().st_mtime_ns)
    stem, wide = (line for line in path.read_text().splitlines() if line)
    path.write_text(f"{stem}\n{wide[:30]}")
    assert run("--layers", "stem,wide", "--resume", "--json", "r.json") == 0
    assert [layer["resumed"] for layer in report(net)["layers"]] == [True, False]


def test_a_journal_that_cannot_be_written(net, capsys, monkeypatch):
    (net / "file").touch()
    monkeypatch.setattr(Journal, "_folder", lambda self: net / "file")
    assert run("--layers", "wide") == 0
    message = "--resume will not find this: "
    assert capsys.readouterr().err.count(message) == 1


def test_ctrl_c_leaves_what_is_done(net):
    lines = [f"l{i},3,8,17,13,3,3,2,1,1\n" for i in range(6)]
    (net / "net.csv").write_text(HEADER + "".join(lines))
    # Where the tests run in a shell's background, SIGINT is ignored, and children inherit that.
    code = ("import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
            "from convolith.sim.cli import main; sys.exit(main(sys.argv[1:]))")  # fmt: skip
    words = [sys.executable, "-c", code, "network", "net.csv", *ARRAY, "--sim", "amaranth"]
    words += ["--jobs", "2"]
    before = {path for path in (journal.Cache().root / journal.RUNS).glob("*.jsonl")}
    process = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                               start_new_session=True)  # fmt: skip
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        new = set((journal.Cache().root / journal.RUNS).glob("*.jsonl")) - before
        # Other tests write journals at the same time.
        if any(re.search(r'"layer": "l\d"', path.read_text()) for path in new):
            break
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers, too
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert re.search(r"convolith network: [1-5] of 6 layers are done; the same command with "
                     "--resume goes on from here", err)  # fmt: skip
    assert err.endswith("convolith network: interrupted\n")
    assert "Traceback" not in err
    assert out == ""
    resumed = subprocess.run([*words, "--resume", "--json", "r.json"], capture_output=True)
    assert resumed.returncode == 0
    layers = report(net)["layers"]
    assert [layer["name"] for layer in layers] == [f"l{i}" for i in range(6)]
    assert 1 <= sum(layer["resumed"] for layer in layers) <= 5


WRONG = """
--layers stem,x: the layers must be among stem, deep, wide, long, not 'x'
--rows 0: rows must be from 1 to 1024, not 0
--size-bits 4: layer stem: the padded input's height must be less than 2**size_bits = 16, not 19
--fault 1,2,3: a fault must be LAYER:ROW,COL,BIT or with ,CYCLE, not '1,2,3'
--fault x:1,2,3: the layers must be among stem, deep, wide, long, not 'x'
--fault wide:9,2,3: a fault's row must be from 0 to 1, not 9
--acc-bits 12: layer stem: acc_bits must be at least 18 for this weight, not 12: with 7-bit
--json no/r.json: no/r.json cannot be written: No such file or directory
--json net.csv: net.csv cannot be written: it is an input
--sim spice: the simulator must be one of amaranth, verilator, auto, not 'spice'
--cluster nonsense://x:1: no Dask scheduler answers at nonsense://x:1: unknown address scheme
--sim amaranth --waves-around-first-error e.vcd: a window of cycles needs the simulator verilator
"""


@pytest.mark.parametrize(
    ("words", "sentence"), [line.split(": ", 1) for line in WRONG.strip().splitlines()]
)
def test_bad_input(net, capsys, words, sentence):
    assert run(*words.split()) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith(f"convolith network: error: {sentence}")
    assert sorted(path.name for path in net.iterdir()) == ["net.csv"]


BAD_WORDS = ["--jobs 0", "--batch x", "--seed -1", "--jobs 2 --cluster tcp://h:1",
             "--cluster foo", "--cluster tcp://", "--cluster="]  # fmt: skip


@pytest.mark.parametrize("words", BAD_WORDS)
def test_bad_words(net, words):
    with pytest.raises(SystemExit) as stop:
        run(*words.split())
    assert stop.value.code == 2


def test_a_bad_line(net, capsys):
    (net / "net.csv").write_text(HEADER + "a,1,1,5,5,3,3,1,0,1\nb,1,1,5,5,3,3,1,zero,1\n")
    assert run() == 2
    sentence = "net.csv, line 3: padding must be an integer, not 'zero'\n"
    assert capsys.readouterr().err == f"convolith network: error: {sentence}"
