"""``--resume``: what a run of a network has done stays done."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from networks import ARRAY, HEADER, NAMES, network, report

from convolith.sim.network import journal


def test_resume_with_other_workers_and_layers(net):
    """Whatever the layers were split into then, what is done is not run again."""
    assert network("--json", "r.json", "--jobs", "3") == 0
    pieces = [layer["pieces"] for layer in report(net)["layers"]]
    assert pieces[3] > 1
    for words in ([], ["--jobs", "2"], ["--layers", "long,wide"], ["--layers", "long"]):
        assert network("--json", "r.json", "--resume", *words) == 0
        layers = report(net)["layers"]
        assert all(layer["resumed"] for layer in layers)
        assert [layer["pieces"] for layer in layers] == [
            pieces[NAMES.index(layer["name"])] for layer in layers
        ]


def test_resume_takes_the_split_that_is_done_most(net):
    assert network("--layers", "long") == 0  # whole
    assert network("--json", "r.json", "--jobs", "3", "--resume") == 0
    assert [layer["resumed"] for layer in report(net)["layers"]] == [False, False, False, True]
    assert report(net)["layers"][3]["pieces"] == 1


def test_a_mistake_forgets_nothing(net):
    """What is refused leaves the runs before as they are."""
    assert network() == 0
    assert network("--fault", "stem:99,0,0") == 2
    assert network("--json", "r.json", "--resume") == 0
    assert all(layer["resumed"] for layer in report(net)["layers"])


def test_resume_by_simulator(net):
    assert network("--layers", "wide", "--sim", "verilator") == 0
    for name, resumed in (("auto", True), ("verilator", True), ("amaranth", False)):
        words = ["--layers", "wide", "--sim", name, "--resume", "--json", "r.json"]
        assert network(*words) == 0
        assert report(net)["layers"][0]["resumed"] is resumed


@pytest.mark.parametrize("harm", ['"cycles": "x"', '"equal": 1', '"simulation_s": null'])
def test_damaged_lines_of_the_journal_are_left_out(net, harm):
    assert network("--layers", "wide") == 0
    paths = list((journal.Cache().root / journal.RUNS).iterdir())
    path = max(paths, key=lambda path: path.stat().st_mtime_ns)
    name = harm.partition(":")[0]
    path.write_text(re.sub(f"{name}: [^,}}]+", harm, path.read_text()))
    assert network("--layers", "wide", "--resume", "--json", "r.json") == 0
    assert not report(net)["layers"][0]["resumed"]


def test_cut_off_lines_of_the_journal_are_left_out(net):
    assert network("--layers", "stem,wide") == 0
    paths = list((journal.Cache().root / journal.RUNS).iterdir())
    path = max(paths, key=lambda path: path.stat().st_mtime_ns)
    stem, wide = (line for line in path.read_text().splitlines() if line)
    path.write_text(f"{stem}\n{wide[:30]}")
    assert network("--layers", "stem,wide", "--resume", "--json", "r.json") == 0
    assert [layer["resumed"] for layer in report(net)["layers"]] == [True, False]


def test_a_journal_that_cannot_be_written(net, capsys, monkeypatch):
    (net / "file").touch()
    monkeypatch.setattr(journal, "RUNS", net / "file")
    assert network("--layers", "wide") == 0
    message = "--resume will not find this: "
    assert capsys.readouterr().err.count(message) == 1


def test_ctrl_c_leaves_what_is_done(net):
    lines = [f"l{i},3,8,11,9,3,3,2,1,1\n" for i in range(4)]
    (net / "net.csv").write_text(HEADER + "".join(lines))
    # Where the tests run in a shell's background, SIGINT is ignored, and children inherit that.
    code = ("import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
            "from convolith.sim.commands.cli import main; "
            "sys.exit(main(sys.argv[1:]))")
    words = [sys.executable, "-c", code, "network", "net.csv", *ARRAY, "--sim", "amaranth"]
    words += ["--jobs", "2"]
    before = {path for path in (journal.Cache().root / journal.RUNS).glob("*.jsonl")}
    process = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                               start_new_session=True)
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
    assert re.search(r"convolith network: [1-3] of 4 layers are done; the same command with "
                     "--resume goes on from here", err)
    assert err.endswith("convolith network: interrupted\n")
    assert "Traceback" not in err
    assert out == ""
    resumed = subprocess.run([*words, "--resume", "--json", "r.json"], capture_output=True)
    assert resumed.returncode == 0
    layers = report(net)["layers"]
    assert [layer["name"] for layer in layers] == [f"l{i}" for i in range(4)]
    assert 1 <= sum(layer["resumed"] for layer in layers) <= 3


def test_the_core_does_not_depend_on_the_choice_of_layers(net):
    text = (net / "net.csv").read_text()
    (net / "net.csv").write_text(text + "large,2,1,1100,1100,1,1,1,0,1\n")
    assert network("--layers", "wide", "--json", "r.json") == 0
    assert report(net)["config"]["addr_bits"] == 21


def test_a_fault_past_a_piece(net, capsys):
    """That a piece of an earlier run is shorter than the layer is found before anything runs."""
    assert network("--jobs", "3") == 0
    assert network("--resume", "--fault", "long:0,0,1,9000") == 2
    assert "a fault's cycle must be " in capsys.readouterr().err
