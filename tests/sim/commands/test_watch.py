"""``convolith watch``: pages and traces, and every sentence about bad input."""

import gzip
import json

import jsonschema
import numpy as np
import pytest
from cli_run import GOOD, SMALL
from trace_reader import TraceReader

from convolith.sim.commands.cli import main
from convolith.sim.watch.format.document import schema


def watch(*words):
    return main(["watch", "--sim", "amaranth", *words])


def test_a_page_of_the_tutorial(files, capsys):
    assert watch("--tutorial", "2D channels") == 0
    assert capsys.readouterr().out.splitlines() == [
        "mapping  array  equal  cycles  recorded  MACs",
        "-" * 45,
        "plain    3x2x1  yes       102  1 to 102   486",
        "watch.html: the page, for a browser",
    ]
    page = (files / "watch.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "<title>Tutorial: 2D channels</title>" in page
    assert "http" not in page.replace("http-equiv", "")
    assert main(["watch", "--tutorial", "2D channels", "-o", "again.html"]) == 0
    assert (files / "again.html").read_text() == page


def test_a_trace_alone(files):
    assert watch("--tutorial", "1D", "--json", "t.json") == 0
    assert not (files / "watch.html").exists()
    assert watch("--tutorial", "1D", "--json", "t.json.gz", "--out", "p.html") == 0
    text = (files / "t.json").read_bytes()
    assert gzip.decompress((files / "t.json.gz").read_bytes()) == text
    assert (files / "p.html").exists()
    found = json.loads(text)
    jsonschema.validate(found, schema())
    # The tutorial's first output: 1 * -1 + 2 * 0 + 3 * 1.
    terms = [TraceReader(found).terms(cycle, 0, 0) for cycle in range(1, 50)]
    first = [products for output, products in terms if output == 0]
    assert [products[0][2:] for products in first] == [(0, -1), (1, 0), (2, 1)]
    assert found["tensors"]["y"]["values"][0] == 2


def test_a_layer_of_files(files, capsys):
    """The trace on standard output, the table on the other."""
    assert watch(*SMALL, *GOOD, "--padding", "1", "--bias", "b.npy", "--json", "-") == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert err.split()[:3] == ["mapping", "array", "equal"]
    assert found["title"] == "x.npy, w.npy, b.npy"
    assert found["tensors"]["w"]["values"] == np.load("w.npy").reshape(-1).tolist()
    assert found["bias"] == np.load("b.npy").tolist()
    assert found["layer"]["groups"] == 2


def test_a_window_and_a_title(files, capsys):
    words = [*SMALL, *GOOD, "--from-cycle", "30", "--to-cycle", "60", "--title", "<mine>"]
    assert watch(*words, "--json", "t.json", "--out", "p.html") == 0
    assert "  30 to 60  " in capsys.readouterr().out
    assert json.loads((files / "t.json").read_text())["window"] == [30, 60]
    assert "<title>&lt;mine&gt;</title>" in (files / "p.html").read_text()


def test_a_fault(files, capsys):
    assert watch("--tutorial", "2D channels", "--fault", "1,0,5,46", "--json", "t.json") == 1
    assert " NO " in capsys.readouterr().out
    found = json.loads((files / "t.json").read_text())
    assert not found["equal"]
    assert found["fault"] == {
        "row": 1, "col": 0, "bit": 5, "cycle": 46,
        "differs": {"cycle": 47, "row": 1, "column": 0, "got": 32, "expected": 0},
    }


def test_two_mappings(files, capsys):
    words = [*SMALL, *GOOD, "--rows", "4", "--lanes", "4", "--beside-plain"]
    assert watch(*words, "--json", "both.json", "--out", "p.html") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("folded along y ")
    assert lines[3].startswith("plain ")
    both = json.loads((files / "both.json").read_text())
    for one in both:
        jsonschema.validate(one, schema())
    assert [one["mapping"] for one in both] == ["folded along y", "plain"]
    assert both[0]["tensors"]["y"]["values"] == both[1]["tensors"]["y"]["values"]


def test_a_run_that_is_too_long(files, capsys, monkeypatch):
    monkeypatch.setattr("convolith.sim.watch.recorded.recording.MOST_PE_CYCLES", 200)
    assert watch("--tutorial", "2D channels") == 2
    assert capsys.readouterr().err == (
        "convolith watch: error: a recording must have at most 200 cycles of PEs, not 612: say, "
        "cycles 1 to 33 of the layer's 102\n"
    )
    assert not (files / "watch.html").exists()
    assert watch("--tutorial", "2D channels", "--from-cycle", "40", "--to-cycle", "72") == 0


WRONG = """
--tutorial 3D: --tutorial must be one of 1D, 2D, 1D channels, 2D channels, 1D batch (by hand)
--tutorial 1D --input x.npy: --input cannot be given with --tutorial, which has the demo's layer
--tutorial 1D --rows 4: --rows cannot be given with --tutorial, which has the demo's layer and array
--tutorial 1D --stride 2: --stride cannot be given with --tutorial, which has the demo's layer
--tutorial 1D --plain: --plain cannot be given with --tutorial, which has the demo's layer and array
--tutorial 1D --beside-plain: --beside-plain cannot be given with --tutorial or --replay
--tutorial 1D --from-cycle 9 --to-cycle 8: the window of cycles must lie from 1 to 49, the layer's
--tutorial 1D --fault 0,0: a fault must be ROW,COL,BIT or ROW,COL,BIT,CYCLE, not '0,0'
--tutorial 1D --out missing/p.html: missing/p.html cannot be written: No such file or directory
--tutorial 1D --out p.html --json p.html: p.html cannot be written: it is named for two outputs
--input x.npy --weight w.npy --groups 2 --out x.npy: x.npy cannot be written: it is an input
--input x.npy --weight w.npy --groups 2 --plain --beside-plain: the plain mapping can be shown only
--input x.npy --weight w.npy --groups 2 --rows 4 --lanes 4 --beside-plain --fault 0,0,1: a fault can
--input none.npy --weight w.npy: the input cannot be read from none.npy: No such file or directory
--out p.html: --input is needed: the convolution's input, a .npy file
"""


@pytest.mark.parametrize(
    ("words", "message"), [line.split(": ", 1) for line in WRONG.strip().splitlines()]
)
def test_bad_input(files, capsys, words, message):
    before = sorted(files.iterdir())
    assert watch(*words.split()) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"convolith watch: error: {message}")
    assert error.count("\n") == 1
    assert sorted(files.iterdir()) == before


def test_a_window_beyond_the_shorter_run(files, capsys):
    words = [*SMALL, *GOOD, "--rows", "4", "--lanes", "4", "--beside-plain"]
    assert watch(*words, "--from-cycle", "80", "--to-cycle", "85") == 2
    assert capsys.readouterr().err == (
        "convolith watch: error: the window of cycles must begin within both runs, from 1 to 55, "
        "not in 80\n"
    )


def test_an_empty_batch(files, capsys):
    np.save("none.npy", np.zeros((0, 4, 3, 5), dtype=np.int8))
    assert watch("--input", "none.npy", "--weight", "w.npy", "--groups", "2") == 2
    message = "a page needs a layer with outputs, not an empty batch"
    assert capsys.readouterr().err == f"convolith watch: error: {message}\n"
