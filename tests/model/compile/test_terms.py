"""The terms of each output, in the user's own indices, in every mapping and every piece."""

import numpy as np
import pytest
from exported_layers import LAYERS, compiled

from convolith.model.compile.terms import NONE, PieceTerms


@pytest.mark.parametrize("name", LAYERS)
def test_every_output_has_all_of_its_terms_once(name):
    """By the definition of a convolution: x[n, ic, ox*s + kx*d - p, ...] * w[oc, ic, kx, ky]."""
    compiled_layer = compiled(name)
    convolution = compiled_layer.convolution
    layer = convolution.layer
    x_shape = (layer.N, layer.IC, layer.IX, layer.IY)
    w_shape = (layer.OC, layer.group_IC, layer.KX, layer.KY)
    y_shape = (layer.N, layer.OC, layer.OX, layer.OY)
    found = {}
    for piece in convolution.schedule.pieces:
        terms = PieceTerms(layer, piece)
        for beat in terms.beats():
            outputs = terms.outputs[beat.tile]
            used = (outputs[:, :, None] != NONE) & (beat.w != NONE)
            for r, c, d in np.argwhere(used):
                y, w, x = int(outputs[r, c]), int(beat.w[r, c, d]), int(beat.x[r, c, d])
                assert (y, w) not in found
                found[y, w] = x
    for y, w in found:
        n, oc, ox, oy = np.unravel_index(y, y_shape)
        own, ic, kx, ky = np.unravel_index(w, w_shape)
        assert own == oc
        ix = ox * layer.stride[0] + kx * layer.dilation[0] - layer.padding[0]
        iy = oy * layer.stride[1] + ky * layer.dilation[1] - layer.padding[1]
        channel = oc // layer.group_OC * layer.group_IC + ic
        inside = 0 <= ix < layer.IX and 0 <= iy < layer.IY
        expected = np.ravel_multi_index((n, channel, ix, iy), x_shape) if inside else NONE
        assert found[y, w] == expected
    assert len(found) == layer.macs


@pytest.mark.parametrize("name", LAYERS)
def test_the_tiles_of_a_window(name):
    """No other tile adds anything in these cycles."""
    layer = compiled(name)
    piece = layer.convolution.schedule.pieces[-1]
    terms = PieceTerms(layer.layer, piece)
    tiling = terms.tiling
    cycles = {}
    for beat in terms.beats():
        for row in range(tiling.config.rows):
            cycles.setdefault(beat.tile, set()).add(terms.first + beat.slot + tiling.delay(row))
    for window in ((1, 20), (30, 40), (60, 61), (1, piece.cycles)):
        inside = {tile for tile, of in cycles.items() if of & set(range(window[0], window[1] + 1))}
        assert inside <= set(terms.tiles_in(window))
        wider = set(terms.tiles_in((max(1, window[0] - tiling.tile_cycles), window[1])))
        assert set(terms.tiles_in(window)) <= wider
    some = terms.tiles_in((40, 60))
    expected = [beat.slot for beat in terms.beats() if beat.tile in some]
    assert [beat.slot for beat in terms.beats(some)] == expected
