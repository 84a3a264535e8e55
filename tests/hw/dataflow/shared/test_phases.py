"""Layers with strides in RTL: lines in their order or phase by phase, and a shorter last phase."""

import pytest
from core_bench import Work, run_exactly

from convolith.model.compile.mapping import Mapping
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

# Kernel, stride, dilation; whether lines come in their order; words of a line, in its last phase.
CASES = {
    "3x3": ((3, 3), (2, 2), (1, 1), True, 3, 2),
    "one tap": ((1, 1), (2, 2), (1, 1), False, 2, 2),
    # In their order 8 lines instead of 9, but of 8 words each: weights would wait 22 cycles.
    "three phases": ((5, 5), (3, 3), (1, 1), False, 3, 2),
    "three phases of a line": ((5, 5), (2, 3), (1, 1), True, 3, 2),  # here 14 cycles
    "lines that no tap needs": ((3, 3), (2, 2), (2, 1), False, 3, 2),
    "the last phase is as long": ((2, 4), (2, 2), (1, 1), False, 3, 3),
}


def mapping(case, config):
    (kx, ky), stride, dilation, *_ = CASES[case]
    layer = ConvLayer(
        IC=3, OC=3, groups=3, IX=9, IY=11, KX=kx, KY=ky, stride=stride, dilation=dilation,
        padding=(kx // 2, ky // 2),
    )
    return Mapping(config, layer, dataflow="shared")


@pytest.mark.parametrize("case", CASES)
def test_the_lines(case):
    tiling = mapping(case, ArrayConfig(rows=4, cols=3)).tiling
    assert tiling.patch == (2, 2)
    assert (tiling.raster, tiling.columns, tiling.last_columns) == CASES[case][3:]


@pytest.mark.parametrize(("idle", "stall"), [(False, False), (True, True)])
def test_the_rtl(idle, stall):
    """One after the other: the length of a line's last phase changes from layer to layer."""
    config = ArrayConfig(rows=4, cols=3, addr_bits=12)
    works = [
        Work.mapped(mapping(case, config), i, act_base=100 * i + 3, weight_base=60 * i)
        for i, case in enumerate(CASES)
    ]
    run_exactly(works, idle=idle, stall=stall)
