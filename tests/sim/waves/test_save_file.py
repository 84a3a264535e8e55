"""What shows a waveform: GTKWave's save file and Surfer's command file name what is there."""

import re

import numpy as np
import pytest
from vcd_reader import variables

from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.layers.plain.convolution import Convolution
from convolith.sim.waves.save_file import save_file, save_file_path
from convolith.sim.waves.surfer import command_file, command_file_path
from convolith.sim.waves.variables import Shown

CASES = [
    ((1, 2, 4, 5), (3, 2, 2, 2), ["n", "oc", "ox", "oy", "ic", "kx", "ky"]),
    ((1, 2, 5), (3, 2, 2), ["n", "oc", "ox", "ic", "kx"]),
]


@pytest.fixture(params=[(1, 1, 1), (2, 3, 2), (5, 5, 1)], ids=str)
def config(request):
    rows, cols, dot = request.param
    return ArrayConfig(rows=rows, cols=cols, dot=dot, act_words=64, weight_words=64)


@pytest.fixture(params=CASES, ids=["2D", "1D"])
def shown(request, config, tmp_path):
    """A waveform's names and widths, its groups, and the loop variables that it must have."""
    x, w, loops = request.param
    convolution = Convolution.prepare(config, np.ones(x), np.ones(w))
    path = tmp_path / "conv.vcd"
    convolution.run(AmaranthSimulator(), waves=path)
    names = {name: width for name, width, _ in variables(iter(path.read_text().splitlines()))}
    return path, names, Shown(convolution.schedule).groups, loops


def test_gtkwave(shown):
    path, names, groups, loops = shown
    text = save_file(path, groups)
    traces = re.findall(r"^\+\{(.+?)\} (.+)$", text, re.MULTILINE)
    declared = {
        name + (f"[{width - 1}:0]" if width > 1 else "") for name, width in names.items()
    }
    assert {place for _, place in traces} == declared
    aliases = [alias for alias, _ in traces]
    first = aliases.index("tile") + 1
    assert aliases[first : first + len(loops)] == loops
    assert '[dumpfile] "conv.vcd"' in text
    assert aliases.count("row_0_column_0") == 1
    # Decimal, with a sign where there is one; blue, orange and green.
    assert re.search(r"@420\n(\[color\] 4\n)?\+\{row_0_column_0\}", text)
    assert re.search(r"@24\n(.*\n)*?\+\{tile\}", text)
    assert {"[color] 5", "[color] 2", "[color] 4"} <= set(re.findall(r"\[color\] \d", text))


def test_surfer(shown):
    _, names, groups, _ = shown
    lines = command_file(groups).splitlines()
    added = [line.split()[1] for line in lines if line.startswith("variable_add ")]
    assert added == list(names)
    dividers = [line for line in lines if line.startswith("divider_add ")]
    assert dividers == [f"divider_add {group.title}" for group in groups]
    # Each item is in focus when its format is set: the letters are its number.
    items = 0
    for line in lines:
        command, *words = line.split()
        if command in ("variable_add", "divider_add"):
            items += 1
        elif command == "item_focus":
            digits = ["abcdefghijklmnop".index(letter) for letter in words[0]]
            number = int("".join(f"{digit:x}" for digit in digits), 16)
            assert number == items - 1
            assert len(words[0]) == len(f"{items:x}")
    assert "item_set_format Signed" in lines
    assert "item_set_color Blue" in lines
    assert lines[-1] == "zoom_fit"


def test_paths(tmp_path):
    assert save_file_path(tmp_path / "a.vcd") == tmp_path / "a.gtkw"
    assert command_file_path(tmp_path / "a.fst") == tmp_path / "a.sucl"
