"""SCALE-Sim's own reports as others' cycles."""

import pytest
from messages import exactly

from convolith.model.layer import ConvLayer
from convolith.model.networks.network import NamedLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.cycles.baseline import read_baselines

V3 = (
    "LayerID, Total Cycles (incl. prefetch), Total Cycles, Stall Cycles, Overall Util %, "
    "Mapping Efficiency %, Compute Util %,\n"
)
V2 = "LayerID, Total Cycles, Stall Cycles, Overall Util %, Mapping Efficiency %, Compute Util %,\n"
V1 = "Layer,\tCycles,\t% Utilization,\n"


def layers(*groups, names="abcd"):
    return [
        NamedLayer(name, ConvLayer(IC=4, OC=4, IX=5, IY=5, KX=3, KY=3, groups=number))
        for name, number in zip(names, groups, strict=False)
    ]


def read(folder, text, net):
    path = folder / "COMPUTE_REPORT.csv"
    path.write_text(text)
    return read_baselines(path, "net", ArrayConfig(rows=8, cols=8, dot=4), net)


def line(number, cycles, stalls=0):
    return f"{number}, {cycles + 100}, {cycles}, {stalls}, 91.6, 94.5, 90.7,\n"


def test_by_order(tmp_path, caplog):
    (found,) = read(tmp_path, V3 + line(0, 700) + "\n" + line(1, 50), layers(1, 1))
    assert (found.name, found.cycles) == ("scalesim", {"a": 700, "b": 50})
    assert found.heading == (
        "scalesim: cycles on an array that the table does not name, taken to have 256 "
        "multipliers, as ours"
    )
    assert not caplog.messages


def test_other_versions(tmp_path):
    (found,) = read(tmp_path, V2 + "0, 700, 0, 91.6, 94.5, 90.7,\n1, 50.0, 0,\n", layers(1, 1))
    assert found.cycles == {"a": 700, "b": 50}
    (found,) = read(tmp_path, V1 + "a,\t700,\t91.6,\na,\t50,\t91.6,\n",
                    layers(1, 1, names=["a", "a#2"]))
    assert found.cycles == {"a": 700, "a#2": 50}


def test_depthwise_layers(tmp_path):
    """A line per channel, or one line where it was simulated as one layer."""
    net = layers(1, 4, 1)
    text = V3 + line(0, 700) + "".join(line(i, 10 + i) for i in (1, 2, 3, 4)) + line(5, 9)
    (found,) = read(tmp_path, text, net)
    assert found.cycles == {"a": 700, "b": 11 + 12 + 13 + 14, "c": 9}
    (found,) = read(tmp_path, V3 + line(0, 700) + line(1, 60) + line(2, 9), net)
    assert found.cycles == {"a": 700, "b": 60, "c": 9}


def test_stalls_are_told(tmp_path, caplog):
    read(tmp_path, V3 + line(0, 5000, 4200) + line(1, 50, 5), layers(1, 1))
    path = tmp_path / "COMPUTE_REPORT.csv"
    assert caplog.messages == [f"{path}: 4,205 of its cycles are stalls; ours have none"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (V3, (" must have a line per layer of the network, and of depthwise layers one per "
         "channel, 2 or 5, not 0")),
        (V3 + line(0, 1) + line(1, 1) + line(2, 1), (" must have a line per layer of the network, "
         "and of depthwise layers one per channel, 2 or 5, not 3")),
        (V3 + line(0, 1) + "1, 9, -3, 0, 1.0, 1.0, 1.0,\n",
         ", line 3: total cycles must be a positive integer, not '-3'"),
        (V3 + line(0, 1) + "1, 9, nan, 0, 1.0, 1.0, 1.0,\n",
         ", line 3: total cycles must be a positive integer, not 'nan'"),
        (V3 + line(0, 1) + "1, 9, 0, 0, 1.0, 1.0, 1.0,\n",
         ", line 3: total cycles must be a positive integer, not '0'"),
        (V3 + line(0, 1) + "1, 9, 9, some, 1.0, 1.0, 1.0,\n",
         ", line 3: stall cycles must be an integer, at least 0, not 'some'"),
        (V3 + line(0, 1) + line(1, 5, 6),
         ", line 3: stall cycles must be at most total cycles, 5, not 6"),
        (V3 + line(0, 1) + "1, 9\n", ", line 3: there must be at least 4 cells, not 2"),
        (V3 + line(0, 1) + "1, 9, 9, 0, 1.0, 1.0, 1.0, , 7\n",
         ", line 3: there must be 8 cells, not 9"),
        (V3 + line(1, 1) + line(0, 1),
         ", line 2: layerid must be 0, as the lines are numbered from 0 on, not '1'"),
        (V3 + line(0, 1) + line(0, 1),
         ", line 3: layerid must be 1, as the lines are numbered from 0 on, not '0'"),
        (V2 + "0, 7, 0,\n7, 7, 0,\n",
         ", line 3: layerid must be 1, as the lines are numbered from 0 on, not '7'"),
        (V2 + "0, 7, 0,\n-1, 7, 0,\n",
         ", line 3: layerid must be 1, as the lines are numbered from 0 on, not '-1'"),
        (V2 + "a, 7, 0,\n1, 7, 0,\n",
         ", line 2: layerid must be 0, as the lines are numbered from 0 on, not 'a'"),
        (V2 + ", 7, 0,\n1, 7, 0,\n",
         ", line 2: layerid must be 0, as the lines are numbered from 0 on, not ''"),
        (V2.replace("Stall Cycles", "Total Cycles") + "0, 7, 9,\n",
         ", line 1: the header must name total cycles once, not twice"),
        (V2.replace("Overall Util %", "Stall Cycles") + "0, 7, 1, 2,\n",
         ", line 1: the header must name stall cycles once, not twice"),
        (V1 + "a,\t7,\t9.0,\n1,\t7,\t9.0,\n", (", line 3: the layer must be b, as the lines are in "
         "the network's order, not '1'")),
        (V1 + "a,\t7,\t9.0,\nx,\t7,\t9.0,\n", (", line 3: the layer must be b, as the lines are in "
         "the network's order, not 'x'")),
        (V3 + line(0, 1) + "9" * 200_000, (", line 3: it must be a row of a CSV table, "
         "but: field larger than field limit (131072)")),
    ],
)
def test_bad_reports(tmp_path, text, message):
    sentence = exactly(f"{tmp_path / 'COMPUTE_REPORT.csv'}{message}")
    with pytest.raises(ValueError, match=sentence):
        read(tmp_path, text, layers(1, 4))
