"""Waveforms do not lie: what the loop variables name is what the sum grows by, in every mapping."""

import sys

import numpy as np
import pytest
from vcd_reader import at_each_cycle, variables

from convolith.model.options.config import ArrayConfig
from convolith.sim.commands.cli import main
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.layers.plain.convolution import Convolution
from convolith.sim.waves.fst import FstWriter
from convolith.sim.waves.variables import Group, Variable
from convolith.sim.waves.vcd import VcdWriter

SMALL = {"rows": 4, "cols": 3, "act_words": 256, "weight_words": 256}
PACKS = SMALL | {"pack_edges": True}
# Each: the array, shapes of input and weight, arguments, words of its mapping, and of pieces.
CASES = {
    "plain": (SMALL, (1, 8, 3, 4), (4, 8, 2, 2), {"stride": (1, 2)}, "plain", 1),
    "folded": (SMALL, (1, 1, 5, 4), (4, 1, 3, 3), {"padding": 1}, "folded along y", 1),
    "merged": (SMALL, (1, 6, 3, 3), (6, 1, 2, 1), {"groups": 6}, "2 groups as one", 1),
    "shared": (SMALL, (1, 8, 7, 6), (8, 1, 3, 3), {"groups": 8, "padding": 1}, "shared words", 1),
    "spread": (SMALL, (1, 4, 9, 8), (4, 1, 3, 3), {"groups": 4, "dilation": 2, "padding": 2},
               "space to batch", 1),
    "packed": (PACKS, (1, 8, 1, 3), (8, 8, 1, 1), {}, "packed tiles", 1),
    "paired": (PACKS, (1, 16, 1, 3), (3, 16, 1, 1), {}, "rows in pairs", 1),
    "pieces": (SMALL | {"act_words": 16, "weight_words": 24}, (1, 12, 3, 3), (3, 12, 2, 2), {},
               "", 3),
    "1D": (SMALL, (2, 4, 7), (3, 4, 3), {"stride": 2, "padding": 1}, "", 1),
}
NAMES = ("n", "oc", "ox", "oy", "ic", "kx", "ky")


def case(name):
    parameters, x_shape, w_shape, arguments, mapping, pieces = CASES[name]
    rng = np.random.default_rng(5)
    x, w = rng.integers(-99, 99, x_shape), rng.integers(-99, 99, w_shape)
    found = Convolution.prepare(ArrayConfig(**parameters), x, w, **arguments)
    assert mapping in found.schedule.mapping
    assert len(found.schedule.pieces) == pieces
    return found, x, w, arguments


@pytest.mark.parametrize("name", CASES)
def test_the_sum_grows_by_the_named_product(name, tmp_path):
    """PE (0, 0) of an array with D = 1: from the user's own tensors, by definition."""
    convolution, x, w, arguments = case(name)
    layer, path = convolution.layer, tmp_path / "w.vcd"
    convolution.run(AmaranthSimulator(), waves=path)
    axes = [axis for axis in NAMES if layer.dims == 2 or axis not in ("oy", "ky")]
    shown = at_each_cycle(
        path, ["loops.mac", "sums.row_0_column_0", *(f"loops.{axis}" for axis in axes)]
    )
    x = x.reshape(layer.N, layer.IC, layer.IX, layer.IY)
    w = w.reshape(layer.OC, -1, layer.KX, layer.KY)
    before, output, seen = 0, None, set()
    for cycle in sorted(shown):
        mac, total, *loops = shown[cycle]
        total -= (total >> 31) << 32
        if mac:
            at = dict(zip(axes, loops, strict=True))
            if layer.dims == 1:  # its axis is the width
                at |= {"ox": 0, "oy": at["ox"], "kx": 0, "ky": at["kx"]}
            ix = at["ox"] * layer.stride[0] + at["kx"] * layer.dilation[0] - layer.padding[0]
            iy = at["oy"] * layer.stride[1] + at["ky"] * layer.dilation[1] - layer.padding[1]
            channel = at["oc"] // layer.group_OC * layer.group_IC + at["ic"]
            inside = 0 <= ix < layer.IX and 0 <= iy < layer.IY
            a = int(x[at["n"], channel, ix, iy]) if inside else 0
            product = a * int(w[at["oc"], at["ic"], at["kx"], at["ky"]])
            now = tuple(at[axis] for axis in ("n", "oc", "ox", "oy"))
            # Another output, or another piece of its input channels: the sum begins anew.
            assert total in ((before + product,) if now == output else (product,)) or (
                name == "pieces" and total == product
            ), cycle
            output = now
            assert (now, at["ic"], at["kx"], at["ky"]) not in seen
            seen.add((now, at["ic"], at["kx"], at["ky"]))
        before = total
    outputs = {of for of, *_ in seen}
    assert len(seen) > 10
    products = layer.group_IC * layer.KX * layer.KY
    share = 2 if name == "paired" else 1  # row 1 has the other half
    assert len(seen) == len(outputs) * products // share


@pytest.mark.parametrize("name", CASES)
def test_both_simulators_write_the_same_file(name, tmp_path):
    convolution, *_ = case(name)
    files = []
    for simulator in (AmaranthSimulator(), VerilatorSimulator()):
        files.append(tmp_path / f"{simulator.name}.vcd")
        convolution.run(simulator, waves=files[-1])
    assert files[0].read_text() == files[1].read_text()


@pytest.mark.parametrize("name", CASES)
def test_the_loops_as_laid_out_are_beside_them(name, tmp_path):
    convolution, *_ = case(name)
    path = tmp_path / "w.vcd"
    convolution.run(AmaranthSimulator(), waves=path)
    groups = {name.split(".")[1] for name, _, _ in variables(iter(path.read_text().splitlines()))}
    plain = all(piece.mapping.name == "plain" for piece in convolution.schedule.pieces)
    assert ("laid_out" in groups) == (not plain)


def test_fst_has_what_vcd_has(tmp_path):
    convolution, *_ = case("folded")
    for suffix in ("vcd", "fst"):
        convolution.run(AmaranthSimulator(), waves=tmp_path / f"w.{suffix}")
    lines = (tmp_path / "w.vcd").read_text().splitlines()
    names = {name: code for name, _, code in variables(iter(lines))}
    assert fst_changes(tmp_path / "w.fst") == vcd_changes(tmp_path / "w.vcd", names)


def vcd_changes(path, names):
    """For each variable its values by time, as binary digits without leading zeros."""
    by_code = {code: name for name, code in names.items()}
    found, time = {name: [] for name in names}, 0
    for line in path.read_text().partition("$enddefinitions $end\n")[2].splitlines():
        if line.startswith("#"):
            time = int(line[1:])
        else:
            value, _, code = line[1:].partition(" ") if line[0] == "b" else (line[0], "", line[1:])
            found[by_code[code]].append((time, int(value, 2)))
    return found


def fst_changes(path):
    """The same of an FST file, read by GTKWave's library."""
    from pylibfst import ffi, get_scopes_signals2, helpers, lib

    file = lib.fstReaderOpen(str(path).encode())
    assert file != ffi.NULL
    assert lib.fstReaderGetTimescale(file) == -9
    _, signals = get_scopes_signals2(file)
    names = {}
    for name, signal in signals.by_name.items():
        names[signal.handle] = name.partition(" [")[0]
    found = {name: [] for name in names.values()}

    def changed(_, time, handle, value):
        text = helpers.string(value)
        if set(text) <= {"0", "1"}:  # before its first value a variable is x
            found[names[handle]].append((time, int(text, 2)))

    lib.fstReaderSetFacProcessMaskAll(file)
    helpers.fstReaderIterBlocks(file, changed)
    lib.fstReaderClose(file)
    return found


@pytest.mark.parametrize("kind", [VcdWriter, FstWriter])
def test_only_changes_are_written(tmp_path, kind):
    writer = kind(tmp_path / "w")
    writer.begin([Group("g", "a group", "", (Variable("v", 4, signed=True), Variable("b", 1)))])
    writer.add(1, {("g", "v"): np.array([-3, -3, 5]), ("g", "b"): np.array([0, 1, 1])})
    writer.add(4, {("g", "v"): np.array([5, -3]), ("g", "b"): np.array([1, 1])})
    writer.close()
    expected = {
        "convolith.g.v": [(10, 13), (30, 5), (50, 13)], "convolith.g.b": [(10, 0), (20, 1)],
        "convolith.clk": [(10 * c + 5 * half, 1 - half) for c in range(1, 6) for half in (0, 1)],
    }
    if kind is VcdWriter:
        lines = (tmp_path / "w").read_text().splitlines()
        names = {name: code for name, _, code in variables(iter(lines))}
        assert vcd_changes(tmp_path / "w", names) == expected
        assert lines[-1] == "#60"
    else:
        assert fst_changes(tmp_path / "w") == expected


def test_fst_without_its_library(files, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "pylibfst", None)
    words = ["--input", "x.npy", "--weight", "w.npy", "--groups", "2", "--sim", "amaranth"]
    assert main(["run", *words, "--waves", "w.fst"]) == 2
    assert capsys.readouterr().err == (
        "convolith run: error: a waveform in FST needs the package pylibfst: "
        "pip install 'convolith[fst]'\n"
    )
    assert not (files / "w.fst").exists()


def test_the_plain_mapping_is_an_option(files, capsys):
    words = ["--input", "x.npy", "--weight", "w.npy", "--groups", "2", "--sim", "amaranth"]
    assert main(["run", *words, "--plain", "--waves", "w.vcd"]) == 0
    assert "laid_out" not in (files / "w.vcd").read_text()
    assert main(["run", *words, "--waves", "w.vcd"]) == 0
    assert "laid_out" in (files / "w.vcd").read_text()
