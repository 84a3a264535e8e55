"""Network tables of any form: what ships with the project, names, and what every form refuses."""

import re

import pytest
from messages import exactly
from places import EXAMPLES

from convolith.model.networks.network import batch_text, choose_layers, common_batch, read_network

NETWORKS = EXAMPLES / "networks"
HEADER = "layer,in_channels,out_channels,in_h,in_w,kernel_h,kernel_w,stride,padding,groups\n"
ROW = ",1,1,5,5,3,3,1,0,1\n"
GEMM = "Layer,M,N,K,\n"

# Multiply-accumulates of the convolutions at 224x224 and batch 1, as torchvision's models have them
# (AlexNet as published, without groups).
MACS = {
    "alexnet": (5, 1_076_634_144),
    "mobilenet": (27, 567_716_352),
    "resnet18": (20, 1_813_561_344),
    "resnet50": (53, 3_855_925_248),
    "vgg16": (13, 15_346_630_656),
}


def read(folder, text, **more):
    path = folder / "net.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_network(path, **more)


@pytest.mark.parametrize("name", MACS)
def test_the_networks_that_ship(name, caplog):
    layers = read_network(NETWORKS / f"{name}.csv")
    assert (len(layers), sum(named.layer.macs for named in layers)) == MACS[name]
    assert not caplog.messages


def test_layers_by_name(tmp_path):
    one, two = read(tmp_path, HEADER + "one" + ROW + "two" + ROW)
    assert choose_layers([one, two], "two") == [two]
    assert choose_layers([one, two], "two, one") == [one, two]
    with pytest.raises(ValueError, match="^the layers must be among one, two, not 'three'$"):
        choose_layers([one, two], "two,three")
    with pytest.raises(ValueError, match=f"among one, two, not '{26 * 'x'}…{13 * 'x'}'$"):
        choose_layers([one, two], 5000 * "x")
    many = read(tmp_path, HEADER + "".join(f"n{i}" + ROW for i in range(22)))
    with pytest.raises(ValueError, match="^the layers must be among n0, .*, n19 and 2 more, not "):
        choose_layers(many, "n")


@pytest.mark.parametrize(
    ("text", "chosen"),
    [("a,b", ["a,b"]), ("b,a", ["a", "b"]), ("a,b,c", ["a,b,c"]), ("a,b,b", ["a,b", "b"]),
     ("a, b", ["a", "b"]), ("b,a,b,c,a", ["a", "a,b,c", "b"])],
)
def test_names_with_commas(tmp_path, text, chosen):
    """The longest name counts."""
    names = ["a", "a,b", "a,b,c", "b"]
    layers = read(tmp_path, HEADER + "".join(f'"{name}"{ROW}' for name in names))
    assert [named.name for named in choose_layers(layers, text)] == chosen


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("a b a", "a b a#2"),
        ("a a a", "a a#2 a#3"),
        ("a a a#2", "a a#3 a#2"),
        ("a#2 a a a#2", "a#2 a a#3 a#2#2"),
        ("a a#2 a#3 a a a", "a a#2 a#3 a#4 a#5 a#6"),
        ("a a a#2 a#2 a#2#2", "a a#3 a#2 a#2#3 a#2#2"),
    ],
)
def test_repeated_names(tmp_path, caplog, given, names):
    """Both run; no new name is one that the table has."""
    for header, row in ((HEADER, ROW), (GEMM, ",2,3,4,\n")):
        caplog.clear()
        layers = read(tmp_path, header + "".join(name + row for name in given.split()))
        assert [named.name for named in layers] == names.split()
        new = [n for n, old in zip(names.split(), given.split(), strict=True) if n != old]
        sentence = f"{tmp_path / 'net.csv'}: repeated names have a number more: {', '.join(new)}"
        assert caplog.messages == [sentence]


def test_ever_the_same_name(tmp_path):
    """In no more than a moment."""
    layers = read(tmp_path, GEMM + 30_000 * "a,2,3,4,\n")
    assert (layers[1].name, layers[-1].name) == ("a#2", "a#30000")


def test_many_of_a_kind_are_one_sentence(tmp_path, caplog):
    read(tmp_path, HEADER + "".join("a" + ROW for _ in range(9)))
    assert caplog.messages == [
        (f"{tmp_path / 'net.csv'}: repeated names have a number more: a#2, a#3, a#4, a#5, a#6 "
        "and 3 more")
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(tmp_path, separator, end):
    text = ("# made by hand, today; \ufeff\n\n" + HEADER + "\na" + ROW + "  // b" + ROW)
    text = text.replace(",", separator).replace("\n", end)
    (named,) = read(tmp_path, "\ufeff" + text)
    assert (named.name, named.layer.x_shape) == ("a", (1, 1, 5, 5))


def test_quotes(tmp_path):
    """A quoted cell may have the separator and line ends; quotes in comments mean nothing."""
    text = "note," + HEADER + '"a, b\n# no comment",one' + ROW + '# "\n,two' + ROW
    assert [named.name for named in read(tmp_path, text)] == ["one", "two"]


def test_titles_are_told(tmp_path, caplog):
    layers = read(tmp_path, HEADER + "First part\na" + ROW + "Second,,,\nb" + ROW)
    assert [named.name for named in layers] == ["a", "b"]
    path = tmp_path / "net.csv"
    assert caplog.messages == [
        f"{path}: lines with a name alone are titles of sections: line 2, line 4"
    ]


def test_titles_are_in_the_column_of_names(tmp_path, caplog):
    """A line with another cell alone is a layer that lacks the rest."""
    header = "note," + HEADER
    (named,) = read(tmp_path, header + ",First part\nx,a" + ROW)
    assert named.name == "a"
    path = tmp_path / "net.csv"
    assert caplog.messages == [
        f"{path}: the column 'note' is not read",
        f"{path}: lines with a name alone are titles of sections: line 2",
    ]
    for line, message in (
        ("x", "there must be 11 cells, not 1"),
        ("x,,,,,,,,,,", "kernel_h must be an integer, not ''"),
    ):
        with pytest.raises(ValueError, match=f"line 2: {message}$"):
            read(tmp_path, header + line + "\nx,a" + ROW)


def test_the_form_that_fits_most_answers(tmp_path):
    """A stray name of ours does not make a topology, or a table of products, one of ours."""
    topology = (
        "Layer name,IFMAP Height,IFMAP Width,Filter Height,Filter Width,Channels,Num Filter,"
        "Strides,in_h\n"
    )
    (named,) = read(tmp_path, topology + "a,9,9,3,3,4,6,1,\n")
    assert named.layer.y_shape == (1, 6, 7, 7)
    with pytest.raises(ValueError, match="line 2: there must be at least 8 cells, not 3$"):
        read(tmp_path, topology + "a,9,9\n")
    (named,) = read(tmp_path, "Layer,M,N,K,in_w\nfc,2,3,5,\n")
    assert named.layer.macs == 30
    with pytest.raises(ValueError, match="line 1: the header must name the column out_channels$"):
        read(tmp_path, "layer,in_channels,m,n\n")


def test_batches(tmp_path):
    one = read(tmp_path, HEADER + "a" + ROW, batch=3)
    assert (common_batch(one), batch_text(one)) == (3, "batch 3")
    two = one + read(tmp_path, HEADER + "a" + ROW)
    assert (common_batch(two), batch_text(two)) == (None, "batch 1 to 3")


FORMS = (
    "the header must be one of layer,in_channels,out_channels,in_h,in_w,kernel_h,kernel_w,stride,"
    "padding,groups; Layer name,IFMAP Height,IFMAP Width,Filter Height,Filter Width,Channels,"
    "Num Filter,Strides; Layer,M,N,K"
)
LAYOUT = "Layer name, IFMAP Height Intraline Factor, IFMAP Width Intraline Factor\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": there must be a header and a layer, but the file is empty"),
        ("\ufeff\n \n", ": there must be a header and a layer, but the file is empty"),
        ("# a\n// b\n", ": there must be a header and a layer, but are only comments"),
        (HEADER, ", line 2: there must be a layer, but is none"),
        (HEADER + "Title,\n# a" + ROW, ", line 4: there must be a layer, but is none"),
        ('{"layers": []}', ": it must be a table of layers (CSV), not JSON"),
        ("[net]\n", ": it must be a table of layers (CSV), not JSON or a configuration file"),
        ("\n<!DOCTYPE html>", ": it must be a table of layers (CSV), not HTML or XML"),
        (b"%PDF-1.7 ", ": it must be a table of layers (CSV), not PDF"),
        (b"PK\x03\x04\0\0", (": it must be a table of layers (CSV), not a ZIP archive, as "
         "spreadsheets are (save the sheet as CSV)")),
        (HEADER.encode("utf-16"),
         ": it must be a table of layers (CSV), not UTF-16 (save it as UTF-8)"),
        (b"\x93NUMPY\0", ": it must be a table of layers (CSV), not a binary file"),
        (HEADER.encode() + b"a,1\nb\xff,2\n", ", line 3: the text must be UTF-8, but is not"),
        ("conv,  224, 224, 11, 11, 3, 96, 4\ngemm, 100, 150, 100\n",
         (", line 1: the first line must be a header, not a layer already, 'conv': "
          f"{FORMS.replace('the header', 'it')}")),
        ("layer id, input parts, unit\n0, 1, matmul\n",
         f", line 1: {FORMS}; but it has 'layer id', 'input parts', 'unit'"),
        ("a b c\n1 2 3\n", f", line 1: {FORMS}; but it has 'a b c'"),
        (LAYOUT, (", line 1: it must be a table of layers, not SCALE-Sim's layout file, which has "
         "no shapes of layers")),
        ("LayerID, Total Cycles, Stall Cycles,\n0, 9, 0,\n", (", line 1: it must be a table of "
         "layers, not SCALE-Sim's report of cycles, which --compare takes")),
        (HEADER + "a" + ROW + "b" + ROW.replace(",", ";"),
         ", line 3: the cells must be separated by commas, as the header's are, not by semicolons"),
        (HEADER.replace(",", ";") + "a" + ROW.replace(",", "\t"),
         ", line 2: the cells must be separated by semicolons, as the header's are, not by tabs"),
        (HEADER + "a" + ROW + 'b,"1,1,5\nc,2\n',
         ", line 3: it must be a row of a CSV table, but: unexpected end of data"),
        (HEADER + '\na,"1"x,1,5\nc,2\n', (", line 3: it must be a row of a CSV table, but: ',' "
         "expected after '\"'")),
        (HEADER + "a\x1b[31m" + ROW, (", line 2: the layer's name must have no control characters, "
         "not '\\x1b' in 'a\\x1b[31m'")),
        (HEADER + '"a\nb"' + ROW, (", line 2: the layer's name must have no control characters, "
         "not '\\n' in 'a\\nb'")),
        (HEADER + "a\u202eb" + ROW, (", line 2: the layer's name must have no control characters, "
         "not '\\u202e' in 'a\\u202eb'")),
        (HEADER + ROW, ", line 2: the layer's name must not be empty"),
        (GEMM + ",1,2,3,\n", ", line 2: the layer's name must not be empty"),
    ],
)
def test_bad_files(tmp_path, text, message):
    sentence = exactly(f"{tmp_path / 'net.csv'}{message}")
    with pytest.raises(ValueError, match=sentence):
        read(tmp_path, text)


def test_no_table(tmp_path):
    with pytest.raises(ValueError, match="none.csv cannot be read: No such file or directory$"):
        read_network(tmp_path / "none.csv")
    with pytest.raises(ValueError, match=" cannot be read: Is a directory$"):
        read_network(tmp_path)


def test_the_examples_in_the_docs(tmp_path, caplog):
    """Each is read without a warning, and has as many multiply-accumulates as the text says."""
    text = (NETWORKS.parents[1] / "docs" / "inputs.md").read_text()
    blocks = re.findall(r"```csv\n(.*?)```", text, re.DOTALL)
    macs = [[named.layer.macs for named in read(tmp_path, block)] for block in blocks]
    assert macs == [
        [17 * 17 * 128 * 192 * 7, 17 * 17 * 192 * 192 * 7],
        [33 * 33 * 64 * 64 * 9],
        [112 * 112 * 3 * 32 * 9],
        [55 * 55 * 3 * 96 * 121, 111 * 111 * 32 * 9],
        [256 * 128 * 2048],
    ]
    for number in (49_717_248, 74_575_872, 40_144_896, 10_838_016, 67_108_864):
        assert f"{number:,}" in text
    assert not caplog.messages
