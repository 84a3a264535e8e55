"""Tables of layers, damaged or unusual: the layers that they say, or one sentence; never others."""

import csv
import json
import re

import numpy as np
import pytest
from damage import damaged

from convolith.sim.commands.cli import main

TOPOLOGY = ["Layer name", "IFMAP Height", "IFMAP Width", "Filter Height", "Filter Width",
            "Channels", "Num Filter", "Strides"]
OWN = ["layer", "in_channels", "out_channels", "in_h", "in_w", "kernel_h", "kernel_w",
       "stride", "padding", "groups", "dilation", "batch"]
GEMM = ["Layer", "M", "N", "K"]


def random_table(rng):
    """Header and rows of one of the forms."""
    form = int(rng.integers(3))
    rows = []
    for i in range(int(rng.integers(1, 5))):
        k, s, d, g = (int(n) for n in rng.integers(1, 4, 4))
        h, w, c = (int(n) for n in rng.integers(9, 30, 3))
        name = rng.choice(["Conv", "fc_", "a b", "DW", "x_DP"]) + str(i)
        rows.append([
            [name, h, w, k, k, c, 2 * c, s],
            [name, 4 * g, 3 * g, h, w, k, k, s, int(rng.integers(3)), g, d, 1 + i % 2],
            [name, h, w, c],
        ][form])
    return (TOPOLOGY, OWN, GEMM)[form], [list(map(str, row)) for row in rows]


def written(rng, header, rows):
    """As text, in one of the ways that stand for the same table."""
    separator = rng.choice([",", ",", ";", "\t"])
    space = " " * int(rng.integers(2))
    end = rng.choice(["", separator])
    line_end = rng.choice(["\n", "\r\n"])
    if header[0] == "layer" and rng.integers(2):  # columns by name
        order = [int(i) for i in rng.permutation(len(header))]
        header, *rows = ([line[i] for i in order] for line in [header, *rows])
    place = header.index("layer") if "layer" in header else 0
    lines = [(separator + space).join(line) + end for line in [header, *rows]]
    for extra in ("", "# a comment", place * separator + "Section"):
        if rng.integers(3) == 0:
            lines.insert(int(rng.integers(1, len(lines) + 1)), extra)
    lines[0] = rng.choice([str.upper, str.lower, str])(lines[0])
    bom = rng.choice(["", "\ufeff"])
    return (bom + line_end.join(lines) + line_end).encode()


def read_plainly(data):
    """The layers in a file, as its header names their columns; None for what is not so clear.

    Written from docs/inputs.md alone, for files without quotes.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if '"' in text or "\0" in text:
        return None
    lines = [line for line in re.split("\r\n|\r|\n", text) if line.strip()]
    lines = [line for line in lines if not line.lstrip().startswith(("#", "//"))]
    if not lines:
        return None
    separator = max(",;\t", key=lines[0].count)
    table = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator)]
    header = [" ".join(cell.lower().replace("_", " ").split()) for cell in table[0]]
    found, names = [], set()
    place = header.index("layer") if "layer" in header else 0
    rows = [row for row in table[1:] if any(row)]
    rows = [row for row in rows if not (sum(map(bool, row)) == 1 and "".join(row[place:]))]
    try:
        for row in rows:
            layer = _layer(header, row)
            names_left = (f"{layer[0]}#{n}" if n else layer[0] for n in [0, *range(2, 99)])
            taken = names | {other[header.index(header[0])] for other in rows if other is not row}
            name = layer[0] if layer[0] not in names else next(
                name for name in names_left if name not in taken)
            names.add(name)
            found.append((name, *layer[1:]))
    except (ValueError, IndexError, KeyError):
        return None
    return found


def _layer(header, row):
    """(name, input, weight, output shape) of a row."""
    cells = dict(zip(header, row, strict=False))

    def number(name, default=None):
        text = cells.get(name, "" if default is None else str(default))
        if not re.fullmatch("[+-]?[0-9]+", text):
            raise ValueError
        return int(text)

    if header[0] == "layer" and "m" in header:
        m, n, k = number("m"), number("n"), number("k")
        return cells["layer"], [1, k, m, 1], [n, k, 1, 1], [1, n, m, 1]
    if "ifmap height" in header:
        name = cells["layer name"]
        channels, filters, stride = number("channels"), number("num filter"), number("strides")
        sizes = []
        for axis in ("height", "width"):
            ifmap, kernel = number(f"ifmap {axis}"), number(f"filter {axis}")
            outputs = -(-(ifmap - kernel + stride) // stride)
            sizes.append(((outputs - 1) * stride + kernel, kernel, outputs))
        (h, kh, oh), (w, kw, ow) = sizes
        deep = "DP" in name
        out = channels * filters if deep else filters
        return name, [1, channels, h, w], [out, 1 if deep else channels, kh, kw], [1, out, oh, ow]
    batch, groups = number("batch", 1), number("groups")
    stride, padding, dilation = number("stride"), number("padding"), number("dilation", 1)
    channels, out = number("in channels"), number("out channels")
    outputs = []
    for axis in "hw":
        extent = dilation * (number(f"kernel {axis}") - 1) + 1
        outputs.append((number(f"in {axis}") + 2 * padding - extent) // stride + 1)
    return (
        cells["layer"], [batch, channels, number("in h"), number("in w")],
        [out, channels // groups, number("kernel h"), number("kernel w")],
        [batch, out, *outputs],
    )


def layers_of(capsys):
    """What ``convolith cycles`` has read: its layers, or the sentence of its refusal."""
    status = main(["cycles", "net.csv", "--rows", "2", "--cols", "2", "--json", "-"])
    out, err = capsys.readouterr()
    if status == 2:
        last = err.splitlines()[-1]
        assert last.startswith("convolith cycles: error: net.csv")
        assert err.count(": error: ") == 1
        assert "Traceback" not in err
        assert not out
        return last
    assert status == 0
    return [
        (layer["name"], *(layer["layer"][name] for name in ("input", "weight", "output")))
        for layer in json.loads(out)["layers"]
    ]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("seed", range(8))
def test_unusual_tables(folder, capsys, seed):
    """Every way to write a table gives the same layers."""
    rng = np.random.default_rng([22, seed])
    for _ in range(50):
        header, rows = random_table(rng)
        (folder / "net.csv").write_bytes(written(rng, header, rows))
        plain = "\n".join(",".join(line) for line in [header, *rows]).encode()
        assert layers_of(capsys) == read_plainly(plain)


ODD_CELLS = ("0", "-1", "1.5", "1_0", "0x10", "", "x", "7 7", "9" * 30, "+2", "1", "3", "4", "11")


@pytest.mark.parametrize("seed", range(8))
def test_damaged_tables(folder, capsys, seed):
    rng = np.random.default_rng([23, seed])
    read = refused = 0
    for case in range(100):
        header, rows = random_table(rng)
        if case % 2:  # a cell
            row = rows[int(rng.integers(len(rows)))]
            row[int(rng.integers(len(row)))] = rng.choice(ODD_CELLS)
            data = "\n".join(",".join(line) for line in [header, *rows]).encode()
        else:
            data = damaged(rng, written(rng, header, rows))
        (folder / "net.csv").write_bytes(data)
        found = layers_of(capsys)
        if isinstance(found, str):
            refused += 1
            continue
        expected = read_plainly(data)
        if expected is not None:
            assert found == expected, data
            read += 1
    assert min(read, refused) > 15
