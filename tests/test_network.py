"""Network tables: what ships with the project, and every bad line by its number."""

from pathlib import Path

import pytest

from convolith.model.networks.network import choose_layers, read_network

EXAMPLES = Path(__file__).parents[1] / "examples" / "networks"
HEADER = "layer,in_channels,out_channels,in_h,in_w,kernel_h,kernel_w,stride,padding,groups\n"

# Multiply-accumulates of the convolutions at 224x224 and batch 1, as torchvision's models have them
# (AlexNet as published, without groups).
MACS = {
    "alexnet": (5, 1_076_634_144),
    "mobilenet": (27, 567_716_352),
    "resnet18": (20, 1_813_561_344),
    "resnet50": (53, 3_855_925_248),
    "vgg16": (13, 15_346_630_656),
}


@pytest.mark.parametrize("name", MACS)
def test_the_networks_that_ship(name):
    layers = read_network(EXAMPLES / f"{name}.csv")
    assert (len(layers), sum(named.layer.macs for named in layers)) == MACS[name]


def test_a_table(tmp_path):
    path = tmp_path / "net.csv"
    path.write_text(
        "note,groups,layer,in_channels,out_channels,in_h,in_w,kernel_h,kernel_w,stride,padding\r\n"
        "\r\n"
        '"a, b",2, one ,4,6,9,8,3,2,2,1\r\n'
        ",1,two,6,2,5,4,1,1,1,0\r\n"
    )
    one, two = read_network(path, batch=3)
    assert (one.name, two.name) == ("one", "two")
    layer = one.layer
    assert layer.x_shape == (3, 4, 9, 8)
    assert layer.w_shape == (6, 2, 3, 2)
    assert (layer.stride, layer.padding, layer.groups) == ((2, 2), (1, 1), 2)
    assert choose_layers([one, two], ["two"]) == [two]
    with pytest.raises(ValueError, match="^the layers must be among one, two, not 'three'$"):
        choose_layers([one, two], ["two", "three"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ", line 1: there must be a layer, but is none"),
        (HEADER, ", line 2: there must be a layer, but is none"),
        ("layer,in_channels\na,1\n", ", line 1: the header must name the column out_channels"),
        (HEADER.replace("groups", "groups,stride") + "a,1,1,5,5,3,3,1,0,1,2\n",
         ", line 1: the header must name stride once, not twice"),
        (HEADER + "a,1,1,5,5,3,3,1,0\n", ", line 2: there must be 10 cells, not 9"),
        (HEADER + "a,1,1,5,5,3,3,1,0,1\n\nb,x,1,5,5,3,3,1,0,1\n",
         ", line 4: in_channels must be an integer, not 'x'"),
        (HEADER + "a,1_0,1,5,5,3,3,1,0,1\n",
         ", line 2: in_channels must be an integer, not '1_0'"),
        (HEADER + "a,1,1,5,5,3,3,1,0,1\na,1,1,5,5,3,3,1,0,1\n",
         ", line 3: the layer's name must be new and not empty, not 'a'"),
        (HEADER + ",1,1,5,5,3,3,1,0,1\n",
         ", line 2: the layer's name must be new and not empty, not ''"),
        (HEADER + "a,3,1,5,5,3,3,1,0,2\n",
         ", line 2: groups must divide the input channels, not 2 with IC = 3"),
        (HEADER + "a,1,1,5,5,7,3,1,0,1\n", ", line 2: the kernel must fit the padded input, not "),
        (HEADER + "a,1,0,5,5,3,3,1,0,1\n", ", line 2: output channels (OC) must be "),
        (HEADER + "a,1,1,5,5,3,3,0,0,1\n", ", line 2: stride must be positive, not 0"),
        (HEADER + 'a,1,1,5,5,3,3,1,0,1\nb,"1,1,5\nc,2\n',
         ", line 3: it must be a row of a CSV table, but: unexpected end of data"),
        (HEADER + '\na,"1"x,1,5\nc,2\n', ", line 3: it must be a row of a CSV table, but: '"),
    ],
)  # fmt: skip
def test_bad_tables(tmp_path, text, message):
    path = tmp_path / "net.csv"
    path.write_text(text)
    with pytest.raises(ValueError) as refusal:  # noqa: PT011
        read_network(path)
    assert str(refusal.value).startswith(f"{path}{message}")


def test_no_table(tmp_path):
    with pytest.raises(ValueError, match="none.csv cannot be read: No such file or directory$"):
        read_network(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(HEADER.encode() + b"a,1\nb\xff,2\n")
    with pytest.raises(ValueError, match="binary.csv, line 3: the text must be UTF-8, but is not"):
        read_network(tmp_path / "binary.csv")
