"""Waveforms: the loop variables are in the VCD file, and the save file names only what is there."""

import re

import numpy as np
import pytest
from vcd_reader import variables

from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.simulators import get_simulator
from convolith.sim.layers.plain.convolution import Convolution
from convolith.sim.waves.save_file import save_file, save_file_path


def declared(vcd):
    """Full names of all variables of a VCD file, with their ranges as GTKWave writes them."""
    return {
        name + (f"[{width - 1}:0]" if width > 1 else "")
        for name, width, _ in variables(vcd.read_text().splitlines())
    }


@pytest.mark.parametrize(
    ("x", "w", "shown"),
    [
        ((1, 2, 4, 5), (3, 2, 2, 2), ["tile", "n", "oc", "ox", "oy", "ic", "kx", "ky"]),
        ((1, 2, 5), (3, 2, 2), ["tile", "n", "oc", "ox", "ic", "kx"]),
    ],
)
@pytest.mark.parametrize(
    ("rows", "cols", "dot", "simulator"),
    [(1, 1, 1, "amaranth"), (2, 3, 2, "amaranth"), (5, 5, 1, "amaranth"),
     (2, 3, 2, "verilator")],
)
def test_save_file(tmp_path, x, w, shown, rows, cols, dot, simulator):
    config = ArrayConfig(rows=rows, cols=cols, dot=dot, act_words=64, weight_words=64)
    convolution = Convolution.prepare(config, np.ones(x), np.ones(w))
    vcd = tmp_path / "conv.vcd"
    convolution.run(get_simulator(simulator), waves=vcd)
    text = save_file(vcd, convolution.schedule, simulator)
    traces = re.findall(r"^\+\{(.+?)\} (.+)$", text, re.MULTILINE)
    assert {path for _, path in traces} <= declared(vcd)
    aliases = [alias for alias, _ in traces]
    variables = ("tile", "n", "oc", "ox", "oy", "ic", "kx", "ky")
    assert [name for name in aliases if name in variables] == shown
    assert '[dumpfile] "conv.vcd"' in text
    assert aliases.count("row 0, column 0") == 1


def test_save_file_path(tmp_path):
    assert save_file_path(tmp_path / "a.vcd") == tmp_path / "a.gtkw"
