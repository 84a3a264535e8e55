"""What rows work on, by the loops: of sums, of tiles, and what a waveform says of PE (0, 0)."""

import numpy as np
from drawing import random_ints
from steps import step_of

from convolith.hw.debug.observer import loop_variables
from convolith.model.dataflow.trace import trace
from convolith.sim.engines.amaranth import AmaranthSimulator


def rows_of(layer, cols):
    """Every row of sums in its order: (first oc, n, ox, oy)."""
    return [
        (g * layer.group_OC + oc, n, ox, oy)
        for g in range(layer.groups)
        for oc in range(0, layer.group_OC, cols)
        for n in range(layer.N)
        for ox in range(layer.OX)
        for oy in range(layer.OY)
    ]


def check_outputs(tiling, tiles):
    """``tiles``: of each one its rows, as `rows_of` has them."""
    layer = tiling.layer
    assert tiling.tiles == len(tiles)
    assert tiling.last_row == len(tiles[-1]) - 1
    assert len(tiling.first_outputs[0]) == len(tiles[0])
    assert tiling.output_rows == len(rows_of(layer, tiling.config.cols))
    pixels = list(np.ndindex(layer.N, layer.OX, layer.OY))
    passes = sorted({row[0] for tile in tiles for row in tile})
    for number, tile in enumerate(tiles):
        found = [(passes[one], *pixels[pixel]) for one, pixel in tiling.outputs(number)]
        assert found == tile


def check_accumulators(mapping, tiles):
    """Every PE's sum in every cycle is the trace's, and loop variables are those of row 0."""
    config, layer, tiling = mapping.config, mapping.layer, mapping.tiling
    x, w = random_ints(3, layer.x_shape, 8), random_ints(4, layer.w_shape, 8)
    step = step_of(mapping, x, w)
    names = ["mac", *loop_variables(config)]
    seen = AmaranthSimulator().run_traced(
        [step],
        lambda core: [
            *(getattr(core.observer, name) for name in names),
            *(pe.accumulator for row in core.array.pes for pe in row),
        ],
    )
    sums = seen[:, len(names) :].reshape(-1, config.rows, config.cols)
    assert np.array_equal(sums, trace(tiling, x, w)[1:])
    expected = []
    # Beats for lanes without a channel are left out where a step's length is in registers.
    used = min(config.lanes, layer.group_IC) if config.shares_words else config.lanes
    for tile, ((oc, n, ox, oy), *_) in enumerate(tiles):
        for block, kx, ky in np.ndindex(tiling.row_blocks, layer.KX, layer.KY):
            for ic in range(block * config.lanes, block * config.lanes + used, config.dot):
                places = (oy, 0, ic, ky, 0) if layer.dims == 1 else (ox, oy, ic, kx, ky)
                expected.append((tile, n, oc, *places))
    adds = seen[:, 0] == 1
    assert [tuple(row) for row in seen[adds, 1 : len(names)]] == expected
