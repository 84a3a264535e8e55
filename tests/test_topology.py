"""SCALE-Sim's topology files, as they are."""

from pathlib import Path

import pytest

from convolith.model.networks.network import read_network

HEADER = (
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "
    "Strides,\n"
)
EXAMPLES = Path(__file__).parents[1] / "examples" / "networks"


def read(folder, text, **more):
    path = folder / "topology.csv"
    path.write_text(text)
    return read_network(path, **more)


def test_a_topology(tmp_path):
    """Trailing commas in some lines, columns that nobody asked for, one more cell."""
    text = HEADER.replace("Strides", "Strides, Sparsity") + (
        "plain, 9, 8, 3, 2, 4, 6, 2, 1:1,\n"
        "two_DP, 5, 4, 3, 3, 2, 3, 1, 1:1\n"
        "\n"
        " last ,5,5,1,1,3,2,1,,, ,\n"
    )
    plain, depthwise, last = read(tmp_path, text, batch=2)
    assert plain.layer.x_shape == (2, 4, 9, 8)
    assert plain.layer.w_shape == (6, 4, 3, 2)
    assert plain.layer.y_shape == (2, 6, 4, 4)
    assert plain.layer.padding == (0, 0)
    assert (depthwise.layer.groups, depthwise.layer.OC) == (2, 6)
    assert last.name == "last"


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize(("ifmap", "kernel"), [(9, 1), (10, 1), (9, 2), (10, 3), (7, 7)])
def test_windows_that_do_not_fit_count(tmp_path, ifmap, kernel, stride):
    (named,) = read(tmp_path, HEADER + f"a,{ifmap},{ifmap + 1},{kernel},{kernel},1,1,{stride},\n")
    for axis, extent in enumerate((ifmap, ifmap + 1)):
        windows, end = 1, kernel
        while end < extent:  # until one reaches the input's end, or lies beyond it
            windows, end = windows + 1, end + stride
        assert (named.layer.OX, named.layer.OY)[axis] == windows


@pytest.mark.parametrize("name", ["alexnet", "mobilenet", "resnet18", "resnet50", "vgg16"])
def test_the_same_network_in_both_forms(tmp_path, name):
    """A table with real padding, written as SCALE-Sim has it: as much as the windows need."""
    ours = read_network(EXAMPLES / f"{name}.csv")
    lines = [HEADER]
    for named in ours:
        layer = named.layer
        extents = (
            (outputs - 1) * layer.stride[0] + kernel
            for outputs, kernel in ((layer.OX, layer.KX), (layer.OY, layer.KY))
        )
        marked = named.name + "_DP" * (layer.groups > 1)
        cells = [marked, *extents, layer.KX, layer.KY, layer.IC, layer.group_OC, layer.stride[0]]
        lines.append(", ".join(map(str, cells)) + ",\n")
    theirs = read(tmp_path, "".join(lines))
    for one, other in zip(ours, theirs, strict=True):
        assert (one.layer.macs, one.layer.y_shape) == (other.layer.macs, other.layer.y_shape)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER, ", line 2: there must be a layer, but is none"),
        (HEADER.replace("Channels, ", "") + "a,5,5,3,3,1,1,\n",
         ", line 1: the header must name the column channels"),
        (HEADER + "a,5,5,3,3,1,1\n", ", line 2: there must be at least 8 cells, not 7"),
        (HEADER + "a,5,5,3,3,many,1,1,\n", ", line 2: channels must be an integer, not 'many'"),
        (HEADER + "a,5,5,3,3,1,1,1,\nb,5,5,3,3,1,0,1,\n",
         ", line 3: num filter must be positive, not 0"),
        (HEADER + "a,5,5,3,6,1,1,1,\n",
         ", line 2: filter width must be at most ifmap width, 5, not 6"),
        (HEADER + "a,2,5,3,3,1,1,1,\n",
         ", line 2: filter height must be at most ifmap height, 2, not 3"),
        (HEADER + "a,5,5,3,3,1,1,1,\na,5,5,3,3,1,1,1,\n",
         ", line 3: the layer's name must be new and not empty, not 'a'"),
    ],
)  # fmt: skip
def test_bad_topologies(tmp_path, text, message):
    with pytest.raises(ValueError) as refusal:  # noqa: PT011
        read(tmp_path, text)
    assert str(refusal.value).startswith(f"{tmp_path / 'topology.csv'}{message}")
