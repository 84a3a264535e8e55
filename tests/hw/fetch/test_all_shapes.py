"""The core's reads in all small layers against the loops over their shapes.

All layers whose numbers are at most a limit run one behind the other on the generated Verilog. The
numbers are batch, groups, words per pixel and group, output-channel tiles; for each axis input,
kernel, outputs, stride, dilation and padding. Only the padding may be 0. Each layer has other first
addresses. Each address of each memory must be the one that the loops give, and no read may be
missing or too many.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pytest
from read_core import ReadCore
from read_order import Axis, Order, Shape, SharedOrder, axes, shapes

from convolith.model.arrays import Ints
from convolith.model.compile.registers import layer_registers
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.dataflow.packed.tiling import PackedTiling
from convolith.model.dataflow.paired.tiling import PairedTiling
from convolith.model.dataflow.shared.tiling import SharedTiling
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

KINDS = {"dense": DenseTiling, "packed": PackedTiling, "paired": PairedTiling,
         "shared": SharedTiling}
PLAIN = {"size_bits": 4, "addr_bits": 11, "act_words": 2048, "weight_words": 2048,
         "bias_words": 2048, "cols": 2}
ARRAYS = {
    "all dataflows": ArrayConfig(rows=4, lanes=2, pack_edges=True, **PLAIN),
    "more beats than rows": ArrayConfig(rows=2, lanes=4, **PLAIN),
    "one slot": ArrayConfig(rows=1, lanes=1, **PLAIN),
}
CASES = {
    ("all dataflows", "dense"): (2304, 746496),
    ("all dataflows", "packed"): (1728, 663552),
    ("all dataflows", "paired"): (1152, 497664),
    ("all dataflows", "shared"): (1152, 248832),
    ("more beats than rows", "dense"): (2304, 746496),
    ("one slot", "dense"): (2304, 746496),
}
"""Layers up to two and up to three that an array can run. Packed tiles need two passes or more, and
row pairs two words or more."""

AT_A_TIME = 5000
LARGE = Shape(2, 2, 2, 2, Axis(2, 2, 2, 2, 2), Axis(2, 2, 2, 1, 1))


@dataclass(frozen=True)
class Reads:
    """A layer on an array, and what it reads."""

    order: Order | SharedOrder
    registers: dict[str, int]
    expected: dict[str, Ints]

    @classmethod
    def of(cls, config: ArrayConfig, shape: Shape, dataflow: str, number: int) -> "Reads | None":
        """None: the array cannot run the layer in that dataflow. ``number`` decides the bases."""
        x, y = shape.x, shape.y
        if dataflow == "shared":
            assert config.part_lanes == config.lanes
            assert config.lane_groups == 1
            inputs = groups = shape.words * config.lanes
            outputs = groups * shape.oc_tiles
        else:
            groups = shape.groups
            inputs = groups * shape.words * config.lanes
            outputs = groups * shape.oc_tiles * config.cols
        layer = ConvLayer(
            N=shape.n, IC=inputs, OC=outputs, IX=x.extent, IY=y.extent,
            KX=x.kernel, KY=y.kernel, stride=(x.stride, y.stride),
            padding=(x.padding, y.padding), dilation=(x.dilation, y.dilation), groups=groups,
        )
        tiling = KINDS[dataflow](config, layer)
        if not tiling.fits() or (dataflow == "shared" and shape.groups > 1):
            return None
        order = (
            SharedOrder(shape, config.patch, config.slots, tiling.raster)
            if isinstance(tiling, SharedTiling)
            else Order(shape, config.rows, config.beats, dataflow)
        )
        act, weight, bias = (number * step % 1024 for step in (211, 307, 401))
        banks = order.weights(weight, config.weight_banks)
        return cls(
            order=order,
            registers=layer_registers(
                tiling, act_base=act, weight_base=weight, bias_base=bias, add_bias=1),
            expected={
                "act": order.activations(act), "bias": order.biases(bias),
                **dict(zip(("weight", "weight_odd"), banks, strict=False)),
            },
        )


def all_reads(array: str, dataflow: str, layers: Iterable[Shape]) -> Iterator[Reads]:
    for number, shape in enumerate(layers):
        if reads := Reads.of(ARRAYS[array], shape, dataflow, number):
            yield reads


def differing(array: str, layers: Iterable[Reads]) -> tuple[int, list[tuple[str, Reads]]]:
    """The number of layers, and the first ones that read something else from a memory."""
    core, count, bad = ReadCore(ARRAYS[array]), 0, []
    layers = iter(layers)
    while some := list(islice(layers, AT_A_TIME)):
        count += len(some)
        for memory, found in core.reads([one.registers for one in some]).items():
            expected = np.concatenate([one.expected[memory] for one in some])
            if not np.array_equal(found, expected):
                bad.append((memory, first_bad(some, memory, found)))
    return count, bad


def first_bad(layers: list[Reads], memory: str, found: Ints) -> Reads:
    place = 0
    for one in layers:
        expected = one.expected[memory]
        if not np.array_equal(found[place : place + len(expected)], expected):
            return one
        place += len(expected)
    return layers[-1]  # more is read than that


def test_the_loops_by_hand():
    """Two rows; two outputs, at -1 and 1 of an input of two pixels, of two words each."""
    axis, one = Axis(extent=2, kernel=2, stride=2, padding=1, dilation=1), Axis(1, 1, 1, 0, 1)
    order = Order(Shape(n=1, groups=1, words=2, oc_tiles=2, x=one, y=axis), rows=2, beats=1)
    # For each of two passes and both words, ky = 0: the second row; ky = 1: the first row.
    assert order.activations(10).tolist() == [12, 10, 13, 11] * 2
    assert [bank.tolist() for bank in order.weights(20, banks=1)] == [[*range(20, 28)]]
    assert [bank.tolist() for bank in order.weights(20, banks=2)] == [[*range(20, 24)]] * 2
    assert order.biases(30).tolist() == [30, 30, 31, 31]


def test_the_axes_by_hand():
    assert [*axes(1)] == [Axis(1, 1, 1, 0, 1)]
    assert len([*axes(2)]) == 12
    assert len([*axes(3)]) == 96
    assert Axis(2, 2, 2, 1, 2) not in [*axes(2)]  # it has a single output


@pytest.mark.parametrize(
    ("array", "dataflow", "count"), [(*case, count) for case, (count, _) in CASES.items()]
)
def test_all_layers_up_to_two(array, dataflow, count):
    assert differing(array, all_reads(array, dataflow, shapes(2))) == (count, [])


@pytest.mark.full
@pytest.mark.parametrize(
    ("array", "dataflow", "count"), [(*case, count) for case, (_, count) in CASES.items()]
)
def test_some_layers_up_to_three(array, dataflow, count):
    """Each nineteenth: its numbers vary as those of all."""
    ran, bad = differing(array, all_reads(array, dataflow, islice(shapes(3), 7, None, 19)))
    assert bad == []
    assert abs(19 * ran - count) < count / 50


@pytest.mark.exhaustive
@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize(
    ("array", "dataflow", "count"), [(*case, count) for case, (_, count) in CASES.items()]
)
def test_all_layers_up_to_three(array, dataflow, count, n):
    layers = (shape for shape in shapes(3) if shape.n == n)
    assert differing(array, all_reads(array, dataflow, layers)) == (count // 3, [])


@pytest.mark.parametrize("register", ["delta_kx", "delta_n", "weight_base", "bias_base", "size_y"])
def test_a_wrong_register_is_noticed(register):
    """In one of 2,304 layers, and in that one only."""
    layers = list(all_reads("one slot", "dense", shapes(2)))
    chosen = next(i for i, one in enumerate(layers) if one.order.shape == LARGE)
    layers[chosen].registers[register] ^= 1
    count, bad = differing("one slot", layers)
    assert count == 2304
    assert {one.order.shape for _, one in bad} == {LARGE}
