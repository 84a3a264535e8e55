"""Our own form of a table: every way to write stride, padding, dilation and batch."""

import pytest
import torch
from messages import exactly

from convolith.model.networks.network import read_network
from convolith.model.networks.own import same_padding

SHAPE = "layer,in_channels,out_channels,in_h,in_w,kernel_h,kernel_w,groups,"
HEADER = "layer,in_channels,out_channels,in_h,in_w,kernel_h,kernel_w,stride,padding,groups\n"


def read(folder, text, **more):
    path = folder / "net.csv"
    path.write_text(text)
    return read_network(path, **more)


def layer_of(folder, columns, cells, shape="8,8,17,17,3,3,1,"):
    (named,) = read(folder, f"{SHAPE}{columns}\na,{shape}{cells}\n")
    return named.layer


def test_a_table(tmp_path, caplog):
    text = (
        "note,groups,layer,in_channels,out_channels,in_h,in_w,kernel_h,kernel_w,stride,padding\r\n"
        "\r\n"
        '"a, b",2, one ,4,6,9,8,3,2,2,1\r\n'
        ",1,two,6,2,5,4,1,1,1,0\r\n"
    )
    one, two = read(tmp_path, text, batch=3)
    assert (one.name, two.name) == ("one", "two")
    layer = one.layer
    assert layer.x_shape == (3, 4, 9, 8)
    assert layer.w_shape == (6, 2, 3, 2)
    assert (layer.stride, layer.padding, layer.groups) == ((2, 2), (1, 1), 2)
    assert caplog.messages == [f"{tmp_path / 'net.csv'}: the column 'note' is not read"]


def test_names_as_others_write_them(tmp_path, caplog):
    """Capitals, spaces, a separator at the end; an empty column is not worth a word."""
    header = "Layer,In Channels,OUT_CHANNELS,in h,In_W,kernel_h,kernel_w,stride,padding,groups,"
    (named,) = read(tmp_path, header + "note,\na,3,4,9,8,3,2,1,0,1,,\n")
    assert (named.layer.x_shape, named.layer.w_shape) == ((1, 3, 9, 8), (4, 3, 3, 2))
    assert not caplog.messages


def test_dilation(tmp_path):
    """DeepLab's: 33x33 outputs, 33 * 33 * 64 * 64 * 9 multiply-accumulates."""
    (aspp,) = read(tmp_path, HEADER[:-1] + ",dilation\naspp,64,64,33,33,3,3,1,6,1,6\n")
    assert aspp.layer.y_shape == (1, 64, 33, 33)
    assert aspp.layer.macs == 40_144_896
    layer = layer_of(tmp_path, "stride,padding,dilation_h,dilation_w", "1,0,2,3")
    assert (layer.dilation, layer.y_shape) == ((2, 3), (1, 8, 13, 11))


def test_inception(tmp_path):
    """1x7 and 7x1 with padding along one axis: 17x17 outputs."""
    for kernel, padding in (("1,7", "0,3"), ("7,1", "3,0")):
        layer = layer_of(tmp_path, "stride,padding_h,padding_w", f"1,{padding}",
                         f"128,192,17,17,{kernel},1,")
        assert layer.y_shape == (1, 192, 17, 17)
        assert layer.macs == 17 * 17 * 128 * 192 * 7


def test_strides_and_sides(tmp_path):
    layer = layer_of(tmp_path, "stride_h,stride_w,padding", "2,1,1")
    assert (layer.stride, layer.y_shape) == ((2, 1), (1, 8, 9, 17))
    sides = "padding_top,padding_bottom,padding_left,padding_right"
    layer = layer_of(tmp_path, "stride," + sides, "1,0,1,2,3")
    assert (layer.padding, layer.padding_after) == ((0, 2), (1, 3))
    assert layer.y_shape == (1, 8, 16, 20)


def test_batch(tmp_path):
    header = HEADER[:-1] + ",batch\n"
    a, b = read(tmp_path, header + "a,1,1,5,5,3,3,1,0,1,1\nb,1,1,5,5,3,3,1,0,1,8\n")
    assert (a.layer.N, b.layer.N) == (1, 8)
    assert read(tmp_path, header + "a,1,1,5,5,3,3,1,0,1,1\n", batch=4)[0].layer.N == 4
    with pytest.raises(ValueError, match="line 2: batch must be 1 in a table that is read with "
                       "--batch 4, not 8$"):
        read(tmp_path, header + "b,1,1,5,5,3,3,1,0,1,8\n", batch=4)
    (size,) = read(tmp_path, HEADER[:-1] + ",Batch Size\nb,1,1,5,5,3,3,1,0,1,8\n")
    assert size.layer.N == 8


# TensorFlow's documentation: 224 with a 3x3 kernel at stride 2 has 0 before and 1 after.
@pytest.mark.parametrize(
    ("extent", "kernel", "stride", "dilation", "sides"),
    [(224, 3, 2, 1, (0, 1)), (224, 7, 2, 1, (2, 3)), (9, 3, 2, 1, (1, 1)), (5, 1, 2, 1, (0, 0)),
     (5, 2, 1, 1, (0, 1)), (10, 3, 1, 4, (4, 4)), (7, 2, 5, 1, (0, 0)), (4, 3, 4, 1, (0, 0))],
)
def test_same(extent, kernel, stride, dilation, sides):
    assert same_padding(extent, kernel, stride, dilation) == sides


def test_same_in_a_table(tmp_path):
    layer = layer_of(tmp_path, "stride,padding", "2,SAME", "3,32,224,225,3,3,1,")
    assert (layer.padding, layer.padding_after) == ((0, 1), (1, 1))
    assert layer.y_shape == (1, 32, 112, 113)
    layer = layer_of(tmp_path, "stride,padding", "2,valid", "3,32,224,225,3,3,1,")
    assert (layer.padding, layer.y_shape) == ((0, 0), (1, 32, 111, 112))


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_same_at_stride_1_is_pytorchs(tmp_path, kernel, dilation):
    conv = torch.nn.Conv2d(1, 1, (kernel, 3), padding="same", dilation=(dilation, 1))
    left, right, top, bottom = conv._reversed_padding_repeated_twice
    layer = layer_of(tmp_path, "stride,padding,dilation_h,dilation_w", f"1,same,{dilation},1",
                     f"1,1,20,20,{kernel},3,1,")
    assert (layer.padding, layer.padding_after or layer.padding) == ((top, left), (bottom, right))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("layer,in_channels\na,1\n", ", line 1: the header must name the column out_channels"),
        (HEADER.replace("groups", "groups,stride") + "a,1,1,5,5,3,3,1,0,1,2\n",
         ", line 1: the header must name stride once, not twice"),
        (HEADER.replace("stride,", ""), ", line 1: the header must name the column stride"),
        (HEADER.replace("padding,", ""), ", line 1: the header must name the column padding"),
        (HEADER.replace(",groups", ""), ", line 1: the header must name the column groups"),
        (HEADER.replace("groups", "groups,stride_h"),
         ", line 1: the header must name stride or stride_h, not both"),
        (HEADER.replace("stride", "stride_w"),
         ", line 1: the header must name stride_h beside stride_w"),
        (HEADER.replace("padding", "padding_top,padding_bottom,padding_left"),
         ", line 1: the header must name padding_right beside padding_top"),
        (HEADER.replace("padding", "padding_h,padding_w,padding_left"),
         ", line 1: the header must name padding_h or padding_left, not both"),
        (HEADER.replace("groups", "groups,dilations"),
         ", line 1: the header must call the column dilation, not 'dilations'"),
        (HEADER.replace("groups", "groups,dilation_rate"),
         ", line 1: the header must call the column dilation, not 'dilation_rate'"),
        (HEADER.replace("stride", "strides"),
         ", line 1: the header must call the column stride, not 'strides'"),
        (HEADER.replace("out_channels", "out_chanels"),
         ", line 1: the header must call the column out_channels, not 'out_chanels'"),
        (HEADER.replace("groups", "groups,stride_x"),
         ", line 1: the header must call the column stride_w, not 'stride_x'"),
        (HEADER + "a,1,1,5,5,3,3,1,0\n", ", line 2: there must be 10 cells, not 9"),
        (HEADER + "a,1,1,5,5,3,3,1,0,1,7\n", ", line 2: there must be 10 cells, not 11"),
        (HEADER + "a,1,1,5,5,3,3,1,0,1\n\nb,x,1,5,5,3,3,1,0,1\n",
         ", line 4: in_channels must be an integer, not 'x'"),
        (HEADER + "a,1_0,1,5,5,3,3,1,0,1\n",
         ", line 2: in_channels must be an integer, not '1_0'"),
        (HEADER + "a,1" + 400 * "0" + ",1,5,5,3,3,1,0,1\n",
         ", line 2: in_channels must have at most 15 digits, not 401"),
        (HEADER + "a," + 400 * "x" + ",1,5,5,3,3,1,0,1\n", (", line 2: in_channels must be an "
         f"integer, not '{26 * 'x'}…{13 * 'x'}'")),
        (HEADER + "a,3,1,5,5,3,3,1,0,2\n",
         ", line 2: groups must divide the input channels, not 2 with IC = 3"),
        (HEADER + "a,1,1,5,5,7,3,1,0,1\n", (", line 2: the kernel must fit the padded input, not "
         "extend over 7 where the input with its padding has 5")),
        (HEADER + "a,1,0,5,5,3,3,1,0,1\n",
         ", line 2: output channels (OC) must be positive, not 0"),
        (HEADER + "a,1,1,5,5,3,3,0,0,1\n", ", line 2: stride must be positive, not 0"),
        (HEADER + "a,1,1,5,5,3,3,0,same,1\n", ", line 2: stride must be positive, not 0"),
        (HEADER + "a,1,1,5,5,3,3,1,-1,1\n", ", line 2: padding must be at least 0, not -1"),
        (HEADER + "a,1,1,5,5,3,3,1,full,1\n", ", line 2: padding must be an integer, not 'full'"),
        (HEADER.replace("padding", "padding_h,padding_w") + "a,1,1,5,5,3,3,1,same,1,1\n",
         ", line 2: padding_h must be an integer, not 'same'"),
        (HEADER[:-1] + ",batch\na,1,1,5,5,3,3,1,0,1,0\n",
         ", line 2: batch must be positive, not 0"),
        (HEADER[:-1] + ",dilation\na,1,1,5,5,3,3,1,0,1,\n",
         ", line 2: dilation must be an integer, not ''"),
        (HEADER[:-1] + ",batch\na,1,1,5,5,3,3,1,0,1,\n",
         ", line 2: batch must be an integer, not ''"),
        ("layer,," + HEADER[6:] + "a,,1,1,5,5,3,3,1,0,1\nb,x,1,1,5,5,3,3,1,0,1\n",
         ", line 3: cell 2 must be empty, as the header has no name for it, not 'x'"),
        (HEADER[:-1] + ",Pad Top\na,1,1,5,5,3,3,1,0,1,0\nb,1,1,5,5,3,3,1,0,1,2\n",
         ", line 3: the column 'Pad Top', which is not read, must be 0, not '2'"),
        (HEADER[:-1] + ",num_groups\na,1,1,5,5,3,3,1,0,1,4\n",
         ", line 2: the column 'num_groups', which is not read, must be 1, not '4'"),
        (HEADER[:-1] + ",Dil\na,1,1,5,5,3,3,1,0,1,2\n",
         ", line 2: the column 'Dil', which is not read, must be 1, not '2'"),
        (HEADER[:-1] + ",dilate\na,1,1,5,5,3,3,1,0,1,yes\n",
         ", line 2: the column 'dilate', which is not read, must be 1, not 'yes'"),
        (HEADER[:-1] + ",Num Batch\na,1,1,5,5,3,3,1,0,1,8\n",
         ", line 2: the column 'Num Batch', which is not read, must be 1, not '8'"),
    ],
)
def test_bad_tables(tmp_path, text, message):
    sentence = exactly(f"{tmp_path / 'net.csv'}{message}")
    with pytest.raises(ValueError, match=sentence):
        read(tmp_path, text)


def test_unknown_columns_that_change_nothing(tmp_path, caplog):
    header = HEADER[:-1] + ",pad_top,num_groups,Dil,Num Batch,a note,\n"
    (named,) = read(tmp_path, header + "a,1,1,5,5,3,3,1,2,1,0,1,1,1,pad,\n")
    assert named.layer.y_shape == (1, 1, 7, 7)
    path = tmp_path / "net.csv"
    names = ("pad_top", "num_groups", "Dil", "Num Batch", "a note")
    assert caplog.messages == [f"{path}: the column {name!r} is not read" for name in names]
