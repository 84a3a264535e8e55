"""SCALE-Sim's topology files, as its version 3 reads them."""


import pytest
from messages import exactly
from places import EXAMPLES

from convolith.model.networks.network import read_network

HEADER = (
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "
    "Strides,\n"
)
ROW = "a,5,5,3,3,1,1,1,"
NETWORKS = EXAMPLES / "networks"


def read(folder, text, **more):
    path = folder / "topology.csv"
    path.write_text(text)
    return read_network(path, **more)


def more(*names):
    """The header with more columns."""
    return HEADER[:-1] + "".join(f"{name}," for name in names) + "\n"


def test_a_topology(tmp_path, caplog):
    """Trailing commas in some lines, a dense layer's sparsity, one more cell, blank lines."""
    text = more("Sparsity") + (
        ",,,,,,,,,\n"
        "plain, 9, 8, 3, 2, 4, 6, 2, 1:1,\n"
        "two_DP, 5, 4, 3, 3, 2, 3, 1, 2 : 2\n"
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
    assert not caplog.messages


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
    ours = read_network(NETWORKS / f"{name}.csv")
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


def test_batch(tmp_path):
    """8 images of 18x28 outputs."""
    (named,) = read(tmp_path, more("Batch Size") + "A,20,30,3,3,4,8,1,8,\n")
    assert named.layer.y_shape == (8, 8, 18, 28)
    assert named.layer.macs == 1_161_216
    with pytest.raises(ValueError, match="line 2: batch must be 1 in a table that is read with "
                       "--batch 2, not 8$"):
        read(tmp_path, more("Batch Size") + "A,20,30,3,3,4,8,1,8,\n", batch=2)


def test_an_empty_batch(tmp_path, caplog):
    """SCALE-Sim's transformer_fwd.csv has one: in all lines, or in none."""
    for cell in ("", ",", "# one"):
        caplog.clear()
        row = "a,20,30,3,3,4,8,1," + cell
        a, b = read(tmp_path, more("Batch Size") + f"{row}\n{row.replace('a', 'b')}\n", batch=2)
        assert (a.layer.N, b.layer.N) == (2, 2)
        path = tmp_path / "topology.csv"
        assert caplog.messages == [f"{path}: the column batch is empty, and not read"]


def test_what_may_be_empty(tmp_path, caplog):
    """Sparsity, which version 3 takes as dense where it is missing, padding and groups."""
    text = more("Sparsity", "Padding", "Groups") + ROW + "\nb" + ROW[1:] + "1:1,0,1\nc" + ROW[1:]
    assert [named.layer.y_shape for named in read(tmp_path, text)] == 3 * [(1, 1, 3, 3)]
    assert not caplog.messages


def test_dilation(tmp_path):
    """A 3x3 kernel dilated by 6 covers 13: the padded 45x45 has 33x33 outputs."""
    (aspp,) = read(tmp_path, more("Dilation") + "aspp,45,45,3,3,64,64,1,6,\n")
    assert aspp.layer.y_shape == (1, 64, 33, 33)
    assert aspp.layer.macs == 40_144_896
    columns = more("dilation_h", "dilation width")
    (named,) = read(tmp_path, columns + "a,16,18,3,3,1,1,2,2,3,\n")
    # ceil((16 - 5) / 2) + 1 and ceil((18 - 7) / 2) + 1: the last windows do not fit.
    assert (named.layer.OX, named.layer.OY, named.layer.dilation) == (7, 7, (2, 3))


@pytest.mark.parametrize("rest", ["", "1,1,"])
def test_strides_per_axis(tmp_path, caplog, rest):
    """As SCALE-Sim's writer prints them; version 3 prints a sparsity behind, without a name."""
    header = HEADER.replace("Strides", "Stride height,Stride width")
    (named,) = read(tmp_path, header + "A,20,30,3,3,4,8,2,1," + rest + "\n")
    assert named.layer.y_shape == (1, 8, 10, 28)
    assert named.layer.macs == 80_640
    assert not caplog.messages


def test_repeated_header_names(tmp_path, caplog):
    """DeepBench: IFMAP Width twice, the first of which is the height."""
    header = "Layer, IFMAP Width, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "
    (named,) = read(tmp_path, header + "Strides,\nDeepSpeech_1,700,161,20,5,1,32,2,\n")
    assert named.layer.y_shape == (1, 32, 341, 79)
    assert named.layer.macs == 86_204_800
    assert caplog.messages == [
        (f"{tmp_path / 'topology.csv'}: column 2, 'IFMAP Width', is taken as ifmap height, as "
        "SCALE-Sim reads by position")
    ]


@pytest.mark.parametrize(
    "header",
    [
        ("\ufeffLayer name,Ifmap height,ifmap width,filter height,filter width,channel,num filters,"
        "strides,"),
        "Layer,IFMAP_H,IFMAP_W,FILTER_H,FILTER_W,CHANNELS,NUM_FILTERS,STRIDE",
        ("Layer name,\u00a0IFMAP Height,\u00a0IFMAP  Width,Kernel Height,Kernel Width,Num Channels,"
        "Number of filters,Strides"),
        "layer,ifmap_h,ifmap_w,kernel_h,kernel_w,channels,num_filters,stride",
        "anything,input height,input width,filter h,filter w,input channels,filters,strides",
    ],
)
def test_other_spellings(tmp_path, caplog, header):
    (named,) = read(tmp_path, header + "\na,9,8,3,2,4,6,1,\n")
    assert (named.layer.x_shape, named.layer.w_shape) == ((1, 4, 9, 8), (6, 4, 3, 2))
    assert not caplog.messages


def test_tabs_titles_and_repeated_names(tmp_path, caplog):
    text = HEADER + "\nAlphaGoZero,\n" + ROW + "\nDeepSpeech,,,,,,,,\n" + ROW.replace("5", "7")
    one, two = read(tmp_path, text.replace(",", "\t"))
    assert [(named.name, named.layer.OX) for named in (one, two)] == [("a", 3), ("a#2", 5)]
    path = tmp_path / "topology.csv"
    assert caplog.messages == [
        f"{path}: repeated names have a number more: a#2",
        f"{path}: lines with a name alone are titles of sections: line 3, line 5",
    ]


def test_what_is_told(tmp_path, caplog):
    """Each in one sentence: what would change the cycles by name, and columns that are not read."""
    header = more("Sparsity", "note", "Strides", "empty").replace("Channels", "Depth")
    text = (
        header + "a,5,5,3,3,1,1,1,2:4,x,,,\n"
        "b,5,5,3,3,1,1,1,1:4,y,,,\n"
        "# c,5,5,3,3,1,1,1,\n"
        "# d, one day\n"
        "e,5,5,3,3,1,1,1,# a word, and one more\n"
    )
    assert [named.name for named in read(tmp_path, text)] == ["a", "b", "e"]
    told = [
        "column 6, 'Depth', is taken as channels, as SCALE-Sim reads by position",
        "the column 'note' is not read",
        "sparsity is not supported: layers are taken as dense: a, b",
        "lines that SCALE-Sim reads as layers are comments: line 4",
    ]
    assert caplog.messages == [f"{tmp_path / 'topology.csv'}: {sentence}" for sentence in told]


def test_sparsity_without_a_name(tmp_path, caplog):
    """As version 3 reads a ninth cell."""
    read(tmp_path, HEADER + ROW + "1:1,\n")
    assert not caplog.messages
    read(tmp_path, HEADER + ROW + "2:4\n")
    assert caplog.messages == [
        f"{tmp_path / 'topology.csv'}: sparsity is not supported: layers are taken as dense: a"
    ]


def test_depthwise_by_chance(tmp_path, caplog):
    """DP anywhere in a name is depthwise to version 3."""
    text = HEADER + "".join(ROW.replace("a", name) + "\n" for name in ("DPN", "x_DP", "DP-1"))
    text = text.replace("3,3,1,1", "3,3,4,2")
    assert [named.layer.groups for named in read(tmp_path, text)] == [4, 4, 4]
    assert caplog.messages == [
        (f"{tmp_path / 'topology.csv'}: DP in a name makes a depthwise layer, as SCALE-Sim reads "
        "it: DPN")
    ]


STRIDES = HEADER.replace("Strides", "Stride height,Stride width")
SWAPPED = HEADER.replace("IFMAP Height, IFMAP Width", "IFMAP Width, IFMAP Height")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER, ", line 2: there must be a layer, but is none"),
        (HEADER.replace("Channels, ", "") + ROW, (", line 1: column 6 must be channels, as "
         "SCALE-Sim reads by position, not 'Num Filter'")),
        (SWAPPED + ROW, (", line 1: column 2 must be ifmap height, as SCALE-Sim reads by position, "
         "not 'IFMAP Width'")),
        (HEADER.replace("Channels", "Batch") + ROW,
         ", line 1: column 6 must be channels, as SCALE-Sim reads by position, not 'Batch'"),
        (more("Channels").replace("Channels", "Depth", 1) + ROW,
         ", line 1: the header must name channels in column 6, not 9"),
        (HEADER.replace("Strides,", "") + ROW, ", line 1: the header must name the column strides"),
        ("Layer,IFMAP Height,Filter Height,Strides\n" + ROW, (", line 1: column 3 must be ifmap "
         "width, as SCALE-Sim reads by position, not 'Filter Height'")),
        ("Strides,IFMAP Height,IFMAP Width,Filter Height\n" + ROW, (", line 1: column 1 must be "
         "layer name, as SCALE-Sim reads by position, not 'Strides'")),
        (more("Batch", "batch size") + ROW, ", line 1: the header must name batch once, not twice"),
        (more("Batchsize") + ROW,
         ", line 1: the header must call the column batch size, not 'Batchsize'"),
        (more("dilation_rate") + ROW,
         ", line 1: the header must call the column dilation, not 'dilation_rate'"),
        (HEADER.replace("Strides", "Stride height") + ROW, (", line 1: the header must name stride "
         "height in column 8 and stride width behind it, or strides alone")),
        (more("Stride width") + ROW, (", line 1: the header must name stride height in column 8 "
         "and stride width behind it, or strides alone")),
        (more("dilation", "dilation height") + ROW,
         ", line 1: the header must name dilation or dilation height, not both"),
        (more("dilation width") + ROW,
         ", line 1: the header must name dilation height beside dilation width"),
        (HEADER + "a,5,5,3,3,1,1\n", ", line 2: there must be at least 8 cells, not 7"),
        (HEADER + "a,5,5,3,3,many,1,1,\n", (", line 2: channels must be an integer, not the symbol "
         "'many': the table is a template to be filled in")),
        (HEADER + "a,5,B,3,3,1,1,1,\n", (", line 2: ifmap width must be an integer, not the symbol "
         "'B': the table is a template to be filled in")),
        (HEADER + "a,5,5,3,,1 2,1,1,\n", ", line 2: filter width must be an integer, not ''"),
        (HEADER + ROW + "\nb,5,5,3,3,1,0,1,\n", ", line 3: num filter must be positive, not 0"),
        (HEADER + "a,5,5,3,6,1,1,1,\n",
         ", line 2: filter width must be at most ifmap width, 5, not 6"),
        (HEADER + "a,2,5,3,3,1,1,1,\n",
         ", line 2: filter height must be at most ifmap height, 2, not 3"),
        (more("dilation") + ROW + "3\n", (", line 2: filter height with its dilation must be at "
         "most ifmap height, 5, not 7")),
        (more("padding") + ROW + "1\n", (", line 2: padding must be 0 in SCALE-Sim's form, whose "
         "input has its padding around it, not 1")),
        (more("pad_h") + ROW + "2\n", (", line 2: padding height must be 0 in SCALE-Sim's form, "
         "whose input has its padding around it, not 2")),
        (more("groups") + ROW + "2\n", (", line 2: groups must be 1 in SCALE-Sim's form, which has "
         "depthwise layers (DP in their names) but no other groups, not 2")),
        (more("Sparsity") + ROW + "half,\n",
         ", line 2: sparsity must be N:M, N of M weights, such as 2:4, not 'half'"),
        (more("Sparsity") + ROW + "4:2,\n",
         ", line 2: sparsity must be N:M, N of M weights, such as 2:4, not '4:2'"),
        (STRIDES + "A,20,30,3,3,4,8,2,,\n", ", line 2: stride width must be an integer, not ''"),
        (STRIDES + "A,20,30,3,3,4,8,2,\n", ", line 2: stride width must be an integer, not ''"),
        (STRIDES + "A,20,30,3,3,4,8,2\n", ", line 2: there must be at least 9 cells, not 8"),
        (STRIDES + "A,20,30,3,3,4,8,2,# a word,\n",
         ", line 2: there must be at least 9 cells, not 8"),
        (more("Dilation") + ROW + "1,\nb" + ROW[1:] + ",\n",
         ", line 3: dilation must be an integer, not ''"),
        (more("Dilation") + ROW[:-1], ", line 2: there must be at least 9 cells, not 8"),
        (more("Dilation Height", "Dilation Width") + ROW + ",2\n",
         ", line 2: dilation height must be an integer, not ''"),
        (more("Dilation Height", "Dilation Width") + ROW + "2,\n",
         ", line 2: dilation width must be an integer, not ''"),
        (more("Dilation Height", "Dilation Width") + ROW + "2\n",
         ", line 2: there must be at least 10 cells, not 9"),
        (more("Batch Size") + ROW + "8\nb" + ROW[1:] + "\n", (", line 3: batch must be in all "
         "lines or in none, but is in the lines above and not here")),
        (more("Batch Size") + ROW + "\nb" + ROW[1:] + "8\n",
         ", line 3: batch must be in all lines or in none, but is not in the lines above"),
        (more("Strides") + "A,20,30,3,3,4,8,2,1,\n",
         ", line 2: cell 9 must be empty, as strides is in column 8 already, not '1'"),
        (more("Channels") + ROW + "\nb" + ROW[1:] + "1,\n",
         ", line 3: cell 9 must be empty, as channels is in column 6 already, not '1'"),
        (more("Sparsity", "ifmap_w") + ROW + "1:1,5,\n",
         ", line 2: cell 10 must be empty, as ifmap width is in column 3 already, not '5'"),
        (more("Layer") + ROW + "a,\n",
         ", line 2: cell 9 must be empty, as layer name is in column 1 already, not 'a'"),
        (more("Pad Top") + ROW + "1\n",
         ", line 2: the column 'Pad Top', which is not read, must be 0, not '1'"),
        (more("num_groups") + ROW + "2\n",
         ", line 2: the column 'num_groups', which is not read, must be 1, not '2'"),
        (more("Dil") + ROW + "2\n",
         ", line 2: the column 'Dil', which is not read, must be 1, not '2'"),
        (more("Num Batch") + ROW + "2\n",
         ", line 2: the column 'Num Batch', which is not read, must be 1, not '2'"),
        (HEADER + ROW + "8,\n",
         ", line 2: cell 9 must be empty, as the header has no name for it, not '8'"),
        (HEADER + ROW + ",,x\n",
         ", line 2: cell 11 must be empty, as the header has no name for it, not 'x'"),
        (HEADER + ROW.replace("5", "5" * 20),
         ", line 2: ifmap height must have at most 15 digits, not 20"),
    ],
)
def test_bad_topologies(tmp_path, text, message):
    sentence = exactly(f"{tmp_path / 'topology.csv'}{message}")
    with pytest.raises(ValueError, match=sentence):
        read(tmp_path, text)


@pytest.mark.parametrize("name", ["padding", "groups"])
def test_what_changes_nothing(tmp_path, caplog, name):
    (named,) = read(tmp_path, more(name) + ROW + {"padding": "0", "groups": "1"}[name])
    assert named.layer.y_shape == (1, 1, 3, 3)
    assert not caplog.messages
