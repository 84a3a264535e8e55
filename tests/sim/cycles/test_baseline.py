"""Others' cycles, from tables of several forms."""

import pytest
from messages import exactly

from convolith.model.layer import ConvLayer
from convolith.model.networks.network import NamedLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.cycles.baseline import read_baselines

TABLE = """network,layer,array,ideal_cycles,peer_cycles,old_cycles,source
net,a,2,4,10,8,paper
net,b,2,4,30,,paper
net,a,4x4,1,5,4,paper
other,a,2,4,99,99,paper
"""


def named(*names):
    return [NamedLayer(name, ConvLayer(IC=1, OC=1, IY=1, KY=1)) for name in names]


LAYERS = named("a", "b", "c")


def read(folder, text, rows=2, cols=2, dot=1):
    path = folder / "others.csv"
    path.write_text(text)
    return read_baselines(path, "net", ArrayConfig(rows=rows, cols=cols, dot=dot), LAYERS)


def test_of_as_many_multipliers(tmp_path):
    peer, old = read(tmp_path, TABLE)
    assert (peer.name, peer.array, peer.cycles) == ("peer", "2", {"a": 10, "b": 30})
    assert (old.name, old.cycles) == ("old", {"a": 8})
    assert read(tmp_path, TABLE, rows=2, cols=2, dot=4)[0].cycles == {"a": 5}
    # Of the layers that both have.
    assert peer.ratio([("a", 8), ("b", 12), ("c", 100)]) == 2.0
    assert old.ratio([("a", 4), ("b", 12)]) == 2.0
    assert old.ratio([("b", 12)]) is None


def test_names_of_depthwise_layers(tmp_path):
    """SCALE-Sim's topologies have them with a suffix, and its results have not."""
    path = tmp_path / "others.csv"
    path.write_text("layer,x_cycles\nConv1,3\nConv2,5\nConv3_DP,7\n")
    config = ArrayConfig(rows=2, cols=2)
    (peer,) = read_baselines(
        path, "net", config, named("Conv1", "Conv2_DP", "Conv3", "Conv4")
    )
    assert peer.cycles == {"Conv1": 3, "Conv2_DP": 5, "Conv3": 7}


def test_a_column_of_cycles_is_no_report(tmp_path):
    """As SCALE-Sim's reports have one: this table goes by names."""
    (peer,) = read(tmp_path, "layer,cycles,peer_cycles\nb,1,7\n")
    assert (peer.name, peer.cycles) == ("peer", {"b": 7})


def test_nothing_but_layers(tmp_path):
    (peer,) = read(tmp_path, "layer, peer_cycles\n a,7\nb , 9\n")
    assert peer.cycles == {"a": 7, "b": 9}
    assert peer.array == "2x2x1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": there must be a header and a layer, but the file is empty"),
        ("x" * 200_000, (", line 1: it must be a row of a CSV table, but: field larger than field "
         "limit (131072)")),
        ("name,x_cycles\na,1\n", ", line 1: the header must name the column layer"),
        ("layer,ideal_cycles\na,1\n", ", line 1: the header must name the column NAME_cycles"),
        ("layer,layer,x_cycles\na,b,1\n", ", line 1: the header must name layer once, not twice"),
        ("layer,array,x_cycles,array\na,2,1,4\n",
         ", line 1: the header must name array once, not twice"),
        ("layer,x_cycles,x_cycles\na,1,2\n",
         ", line 1: the header must name x_cycles once, not twice"),
        ("layer,_cycles\na,1\n",
         ", line 1: the header must name a column NAME_cycles, not '_cycles'"),
        ("layer,x_cycles\na,1\nb,1,7\n", ", line 3: there must be 2 cells, not 3"),
        ("layer,x_cycles,y_cycles\na,1,2\nb,1\n", ", line 3: there must be 3 cells, not 2"),
        ("layer,x_cycles\na,1\nb,soon\n", ", line 3: x_cycles must be an integer, not 'soon'"),
        ("layer,x_cycles\na,1_000\n", ", line 2: x_cycles must be an integer, not '1_000'"),
        ("layer,x_cycles\na,0\n", ", line 2: x_cycles must be positive, not 0"),
        ("layer,x_cycles\na,-5\n", ", line 2: x_cycles must be positive, not -5"),
        ("layer,x_cycles\na," + "9" * 5000,
         ", line 2: x_cycles must have at most 15 digits, not 5000"),
        *(
            (f"layer,array,x_cycles\na,{array},1\n",
             f", line 2: array must be 16, 16x16 or 8x8x4, not {array!r}")
            for array in ("big", "-8x-8", "0", "2x0", "2x2x1x1", "2x", "1_6", "9999999")
        ),
        ("layer,array,x_cycles\na," + 5000 * "9" + ",1\n", (", line 2: array must be 16, 16x16 or "
         f"8x8x4, not '{26 * '9'}…{13 * '9'}'")),
        ("layer,x_cycles\na,1\na,2\n", ", line 3: a must be there once, not again"),
        ("layer,x_cycles\na,1\na_DP,2\n", ", line 3: a must be there once, not again as a_DP"),
        ("layer,x_cycles\na_DP,1\nd,2\na,2\n", ", line 4: a must be there once, not again"),
        ("network,layer,x_cycles\nother,a,1\n",
         " must have lines of net and 4 multipliers, but has none"),
        ("layer,x_cycles\nd,1\n",
         " must have layers of net, such as a, but has only others, such as d"),
        ("layer,x_cycles\na,1\nb," + "9" * 200_000, (", line 3: it must be a row of a CSV table, "
         "but: field larger than field limit (131072)")),
        ('layer,x_cycles\na,1\nb,"2\n',
         ", line 3: it must be a row of a CSV table, but: unexpected end of data"),
    ],
)
def test_bad_tables(tmp_path, text, message):
    sentence = exactly(f"{tmp_path / 'others.csv'}{message}")
    with pytest.raises(ValueError, match=sentence):
        read(tmp_path, text)


def test_no_table(tmp_path):
    with pytest.raises(ValueError, match="none.csv cannot be read: No such file or directory$"):
        read_baselines(tmp_path / "none.csv", "net", ArrayConfig(), LAYERS)
    (tmp_path / "others.csv").write_bytes(b"layer,x_cycles\na,1\nb\xff,2\n")
    with pytest.raises(ValueError, match="others.csv, line 3: the text must be UTF-8, but is not$"):
        read_baselines(tmp_path / "others.csv", "net", ArrayConfig(), LAYERS)


def test_both_names_are_ours(tmp_path):
    """Then each has its own line, and none has the other's."""
    path, config = tmp_path / "others.csv", ArrayConfig(rows=2, cols=2)
    both = named("a", "a_DP")
    path.write_text("layer;x_cycles;\na_DP;3;\na;5;;\n")
    (peer,) = read_baselines(path, "net", config, both)
    assert peer.cycles == {"a": 5, "a_DP": 3}
    path.write_text("layer,x_cycles\na,3\n")
    (peer,) = read_baselines(path, "net", config, both)
    assert peer.cycles == {"a": 3}
