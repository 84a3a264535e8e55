"""The operands of each beat: what the PEs of the RTL have when these are added."""

import numpy as np
import pytest
from drawing import random_ints
from steps import step_of

from convolith.model.compile.mapping import Mapping
from convolith.model.dataflow import cycles
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.amaranth import AmaranthSimulator

PACKING = {"pack_edges": True}
DEPTHWISE = ConvLayer.from_shapes((2, 7, 5, 6), (7, 1, 3, 3), padding=1, groups=7)
CASES = {
    "dense": (
        ArrayConfig(rows=3, cols=2, dot=2),
        ConvLayer.from_shapes((1, 9, 4, 5), (3, 9, 2, 2), padding=1, stride=2),
    ),
    "packed": (
        ArrayConfig(rows=4, cols=2, **PACKING),
        ConvLayer.from_shapes((1, 5, 1, 3), (7, 5, 1, 2)),
    ),
    "paired": (
        ArrayConfig(rows=4, cols=3, dot=2, **PACKING),
        ConvLayer.from_shapes((1, 26, 3, 3), (4, 26, 2, 1)),
    ),
    "shared": (ArrayConfig(rows=8, cols=2, **PACKING), DEPTHWISE),
    "shared lines": (ArrayConfig(rows=4, cols=3, dot=2), DEPTHWISE),
}


@pytest.mark.parametrize("name", CASES)
def test_the_rtl_multiplies_these(name):
    config, layer = CASES[name]
    mapping = Mapping(config, layer, dataflow=name)
    tiling = mapping.tiling
    assert tiling.fits()
    x, w = random_ints(3, layer.x_shape, 8), random_ints(4, layer.w_shape, 8)
    pes = config.rows * config.cols

    def operands(core):
        return [value for row in core.array.pes for pe in row for value in (pe.a, pe.weights)]

    seen = AmaranthSimulator().run_traced([step_of(mapping, x, w)], operands)
    a, weights = (
        numbers(seen.reshape(len(seen), pes, 2)[:, :, i], config.dot, bits).reshape(
            -1, config.rows, config.cols, config.dot
        )
        for i, bits in enumerate((config.act_bits, config.weight_bits))
    )
    first = cycles.START_LATENCY + cycles.OPERANDS + cycles.array_latency(config)
    count = 0
    shape = (layer.N, layer.IC, layer.IX, layer.IY)
    for beat in tiling.beats(x.reshape(shape), w.reshape(layer.OC, -1, layer.KX, layer.KY)):
        for r in range(config.rows):
            # Index c - 1 is cycle c. The sum shows the products 3 cycles, and one for each level
            # of the adder tree, after the operands; the weights come a cycle later.
            cycle = first + beat.slot + tiling.delay(r)
            given = a[cycle - 3 - config.tree_levels, r]
            chain = weights[cycle - 2 - config.tree_levels, r]
            used = (beat.x[r] != 0) & (beat.w[r] != 0)
            assert np.array_equal(given[used], beat.x[r][used])
            assert np.array_equal(chain[used], beat.w[r][used])
            # Other products are zero.
            assert np.array_equal((given * chain).sum(axis=1), beat.products[r])
            count += used.sum()
    nonzero = sum(
        int(np.count_nonzero(beat.x * beat.w))
        for beat in tiling.beats(np.ones(shape, int), np.ones_like(w).reshape(
            layer.OC, -1, layer.KX, layer.KY))
    )
    assert count > 0.9 * nonzero  # but where an operand is 0 by chance


def numbers(words, count, bits):
    """Signed numbers of ``bits`` from words of ``count``, along a new last axis."""
    fields = words[..., None] >> np.arange(count) * bits & (1 << bits) - 1
    return fields - ((fields >> (bits - 1)) << bits)
