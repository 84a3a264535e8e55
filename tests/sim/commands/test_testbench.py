"""``convolith testbench`` as users call it, and `convolith.write_testbench`."""

import json

import numpy as np
import pytest
import torch
from cli_run import GOOD, SMALL
from exported import build, play
from icarus_play import needs_icarus

import convolith
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import registers
from convolith.sim.commands.cli import main
from convolith.sim.commands.testbench import add_parser
from convolith.sim.export.testbench.folder import bench_folder

BENCH = ["testbench", *SMALL, *GOOD, "-o", "out"]


@needs_icarus
def test_a_layer_from_files(files, capsys):
    words = ["--bias", "b.npy", "--stride", "2,1", "--padding", "1", "--name", "mine"]
    assert main([*BENCH, *words]) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines()[-1] == "out/README.md says how to run it"
    x, w, b = (torch.from_numpy(np.load(f"{name}.npy").astype(np.int64)) for name in "xwb")
    y = torch.nn.functional.conv2d(x, w, b, stride=(2, 1), padding=1, groups=2)
    content = json.loads((files / "out" / "layer.json").read_text())
    rows = sum(piece["rows"] for piece in content["pieces"])
    assert f"{rows} rows, {content['cycles']} cycles" in shown.out
    assert play(build(files / "out")) == (0, f"PASS rows={rows} cycles={content['cycles']}")
    # The rows are PyTorch's numbers, at the places that the folder says.
    places = hex_numbers(files / "out" / "places.hex", 32, 2)
    values = hex_numbers(files / "out" / "rows.hex", 32, 2)
    found = np.full(y.numel(), 1 << 40)
    for place, value in zip(places.reshape(-1), values.reshape(-1), strict=True):
        if place != (1 << 32) - 1:
            found[place] = value - (1 << 32 if value >> 31 else 0)
    assert np.array_equal(found.reshape(y.shape), y.numpy())


def hex_numbers(path, bits, count):
    """Numbers of each word, the first one lowest; of the file's words without comments."""
    lines = path.read_text().replace("_", "").splitlines()
    words = [int(line, 16) for line in lines if not line.startswith("//")]
    return np.array([[word >> bits * i & (1 << bits) - 1 for i in range(count)] for word in words])


def test_registers_with_names_and_values(files):
    assert main(BENCH) == 0
    content = json.loads((files / "out" / "layer.json").read_text())
    config = ArrayConfig(**content["config"])
    assert list(content["registers"]) == [field.name for field in registers(config)]
    lines = (files / "out" / "layer.hex").read_text().splitlines()
    words = [line for line in lines if not line.startswith("//")]
    for piece, word in zip(content["pieces"], words, strict=True):
        assert int(piece["register_word"], 16) == int(word, 16)
        for name, field in content["registers"].items():
            bits = int(word, 16) >> field["first_bit"] & (1 << field["bits"]) - 1
            assert bits == piece["registers"][name] % (1 << field["bits"])


def test_the_layer_of_each_piece(files):
    """What is laid out, and which parts of the tensors a piece takes."""
    assert main([*BENCH, "--act-words", "16", "--weight-words", "8"]) == 0
    content = json.loads((files / "out" / "layer.json").read_text())
    pieces = content["pieces"]
    assert len(pieces) > 1
    assert content["cycles"] == sum(piece["cycles"] for piece in pieces)
    lines = {
        name: (files / "out" / f"{name}.hex").read_text().splitlines()
        for name in ("act", "weight")
    }
    for number, piece in enumerate(pieces):
        assert piece["stream"] == "o"
        assert piece["mapping"]
        laid = piece["laid_out"]
        # The registers follow from the layer as it is laid out.
        registers = piece["registers"]
        assert registers["ky_count"] == laid["weight"][3] - 2
        assert registers["size_x"] == laid["input"][2]
        assert registers["stride_x"] == laid["stride"][0]
        outputs = np.prod([end - first for first, end in piece["output"].values()])
        assert outputs >= np.prod(laid["output"]) / 2
        for name, of in piece["words"].items():
            first, count = of["address"], of["words"]
            comment = f"// piece {number}: addresses {first} to {first + count - 1}"
            assert comment in lines[name]
    covered = np.zeros(content["layer"]["output"], dtype=int)
    for piece in pieces:
        if piece["rows"]:
            covered[tuple(slice(*of) for of in piece["output"].values())] += 1
    assert (covered == 1).all()
    assert content["output"] == {"scale": 1.0, "offset": 0}


def test_the_same_folder_from_python(tmp_path):
    torch.manual_seed(1)
    conv = torch.nn.Conv2d(3, 4, 2)
    compiled = convolith.compile(conv, torch.randn(1, 3, 4, 4), rows=2, cols=2)
    convolith.write_testbench(compiled, tmp_path / "a" / "b", on_chip=False, name="mine")
    found = {path.name: path.read_text() for path in (tmp_path / "a" / "b").iterdir()}
    assert found == bench_folder(compiled, on_chip=False, name="mine")
    assert f"an output is a number times {compiled.convolution.scale}" in found["README.md"]


@pytest.mark.parametrize("name", ["module", "2nd", "../evil", "a b", "", "logic", "do", "wreal"])
def test_names_from_python(tmp_path, name):
    compiled = convolith.compile(torch.nn.Conv1d(1, 1, 1), torch.ones(1, 1, 2), rows=1, cols=1)
    with pytest.raises(ValueError, match="^the module's name must be letters, digits and _, not b"):
        convolith.write_testbench(compiled, tmp_path / "new", name=name)
    assert not (tmp_path / "new").exists()


def test_no_layer_from_python(tmp_path):
    with pytest.raises(TypeError, match="^a test bench is of what convolith.compile gives, not of"):
        convolith.write_testbench("x", tmp_path / "new")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--rows", "0"], "rows must be from 1 to 1024, not 0"),
        (["--input", "none.npy"], "the input cannot be read from none.npy: No such file or dir"),
        (["--groups", "3"], "the input's channels must be the weight's times groups, 2 * 3 = 6"),
        (["--name", "2nd"], "argument --name: must be letters, digits and _, not begin with a di"),
        (["--name", "bit"], "and be no keyword of Verilog or SystemVerilog, not 'bit'"),
        (["--out", "-"], "argument -o/--out: must be a folder, not '-'"),
        (["--out", ""], "argument -o/--out: must be a folder, not ''"),
        (["--out", "x.npy"], "the folder x.npy cannot be made: File exists"),
    ],
)
def test_refused(files, capsys, words, message):
    before = sorted(files.iterdir())
    try:
        status = main([*BENCH, *words])
    except SystemExit as end:
        status = end.code
    assert status == 2
    assert message in capsys.readouterr().err
    assert sorted(files.iterdir()) == before


def test_an_empty_batch_is_refused(files, capsys):
    np.save("none.npy", np.zeros((0, 4, 3, 5), dtype=np.int8))
    assert main([*BENCH, "--input", "none.npy"]) == 2
    assert capsys.readouterr().err == (
        "convolith testbench: error: the layer must have outputs, but its batch is empty\n"
    )
    assert not (files / "out").exists()


def test_inputs_are_not_overwritten(files, capsys):
    (files / "out").mkdir()
    np.save("out/act.hex.npy", np.load("x.npy"))
    (files / "out" / "act.hex.npy").rename(files / "out" / "act.hex")
    assert main([*BENCH, "--input", "out/act.hex"]) == 2
    assert "out/act.hex cannot be written: it is an input" in capsys.readouterr().err
    assert [path.name for path in (files / "out").iterdir()] == ["act.hex"]


def test_the_help_has_examples(capsys):
    with pytest.raises(SystemExit):
        main(["testbench", "--help"])
    shown = capsys.readouterr().out
    assert "examples:\n  convolith testbench --input x.npy" in shown
    assert callable(add_parser)
