"""SCALE-Sim's tables of matrix products."""

import pytest
from messages import exactly

from convolith.model.networks.network import read_network

HEADER = "Layer,M,N,K,\n"


def read(folder, text, **more):
    path = folder / "gemm.csv"
    path.write_text(text)
    return read_network(path, **more)


def test_products(tmp_path, caplog):
    one, two = read(tmp_path, HEADER + "1,256,128,2048,\nlast,2,3,5\n")
    assert (one.name, one.layer.macs) == ("1", 67_108_864)
    assert one.layer.y_shape == (1, 128, 256, 1)
    assert two.layer.x_shape == (1, 5, 2, 1)
    assert two.layer.w_shape == (3, 5, 1, 1)
    assert not caplog.messages


def test_batch_and_sparsity(tmp_path, caplog):
    header = "L,m,n,k,Sparsity,Batch,note,_\n"
    a, b = read(tmp_path, header + "a,2,3,5,3:4,7,\nb,2,3,5,1:1,1,x\n")
    assert (a.layer.N, b.layer.N) == (7, 1)
    assert a.layer.macs == 7 * 2 * 3 * 5
    path = tmp_path / "gemm.csv"
    assert caplog.messages == [
        f"{path}: sparsity is not supported: layers are taken as dense: a",
        f"{path}: the column 'note' is not read",
    ]


def test_sparsity_without_a_name(tmp_path, caplog):
    read(tmp_path, "Layer Name, M, N, K,\nGEMM_1, 3, 5, 16, 3:4,\nGEMM_1, 1, 5, 16, 1:4,\n")
    path = tmp_path / "gemm.csv"
    assert caplog.messages == [
        f"{path}: sparsity is not supported: layers are taken as dense: GEMM_1, GEMM_1#2",
        f"{path}: repeated names have a number more: GEMM_1#2",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Layer,M,K,N\na,1,2,3\n",
         ", line 1: column 3 must be n, as SCALE-Sim reads by position, not 'K'"),
        ("M,N,K\n1,2,3\n", (", line 1: column 1 must be layer, as SCALE-Sim reads by position, "
         "not 'M'")),
        ("Layer,note,M,N,K\na,b,1,2,3\n", (", line 1: column 3 must be n, as SCALE-Sim reads by "
         "position, not 'M'")),
        (HEADER + "a,1,2\n", ", line 2: there must be at least 4 cells, not 3"),
        (HEADER + "a,1,2,0,\n", ", line 2: K must be positive, not 0"),
        (HEADER + "a,1.5,2,3,\n", ", line 2: M must be an integer, not '1.5'"),
        (HEADER + "a,B,2,3,\n", (", line 2: M must be an integer, not the symbol 'B': the table is "
         "a template to be filled in")),
        ("Layer,M,N,K,Batch\na,1,2,3,4\nb,1,2,3,\n", (", line 3: batch must be in all lines or in "
         "none, but is in the lines above and not here")),
        ("Layer,M,N,K,Groups\na,1,2,3,1\nb,1,2,3,2\n",
         ", line 3: groups must be 1 in a matrix product, not 2"),
        ("Layer,M,N,K,Padding\na,1,2,3,1\n",
         ", line 2: padding must be 0 in a matrix product, not 1"),
        ("Layer,M,N,K,Strides,Dilation\na,1,2,3,2,1\n",
         ", line 2: stride must be 1 in a matrix product, not 2"),
        ("Layer,M,N,K,Dilation\na,1,2,3,\n", ", line 2: dilation must be an integer, not ''"),
        ("Layer,M,N,K,Dilation\na,1,2,3\n", ", line 2: there must be at least 5 cells, not 4"),
        ("Layer,M,N,K,pad_h\na,1,2,3,1\n",
         ", line 2: the column 'pad_h', which is not read, must be 0, not '1'"),
        ("Layer,M,N,K,num batch\na,1,2,3,2\n",
         ", line 2: the column 'num batch', which is not read, must be 1, not '2'"),
        ("Layer,M,N,K,M\na,1,2,3,2\n",
         ", line 2: cell 5 must be empty, as m is in column 2 already, not '2'"),
        (HEADER + "a,1,2,3,4,\n",
         ", line 2: cell 5 must be empty, as the header has no name for it, not '4'"),
    ],
)
def test_bad_tables(tmp_path, text, message):
    sentence = exactly(f"{tmp_path / 'gemm.csv'}{message}")
    with pytest.raises(ValueError, match=sentence):
        read(tmp_path, text)


def test_what_changes_nothing(tmp_path, caplog):
    (named,) = read(tmp_path, "Layer,M,N,K,Padding,Groups,Stride,Dilation\na,2,3,5,0,,1,1\n")
    assert named.layer.macs == 30
    assert not caplog.messages
