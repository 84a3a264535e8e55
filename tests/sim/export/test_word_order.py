"""The page's rules for the words of memories, computed as they stand there."""

import re
from itertools import product

import numpy as np
import pytest

from convolith.model.compile.mapping import Mapping
from convolith.model.dataflow.formulas import named_values
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.export.register_page import register_page

PLAIN = ArrayConfig(rows=2, cols=3, dot=2, lanes=4)
PACKING = ArrayConfig(rows=4, cols=3, dot=2, pack_edges=True)
GROUPED = ConvLayer.from_shapes((2, 10, 3, 4), (8, 5, 2, 3), groups=2)
DEEP = ConvLayer.from_shapes((1, 20, 3, 3), (4, 20, 2, 1))
DEPTHWISE = ConvLayer.from_shapes((1, 14, 6, 5), (28, 1, 3, 2), groups=14, stride=(2, 1),
                                  dilation=(1, 2))


def indices(shape):
    """Numbers from 1 on: 0 is nothing."""
    return np.arange(1, np.prod(shape) + 1).reshape(shape)


def order(page, first):
    """The loops of an order on the page that begins with ``first``."""
    return re.search(rf"\(({first}, [^)]*)\)", page.replace("\n", " "))[1].split(", ")


@pytest.mark.parametrize("config", [PLAIN, PACKING])
def test_activations(config):
    page = register_page(config)
    (formula,) = re.findall(r"is at `(act_address \+ [^`]*)`", page)
    layer, mapping = GROUPED, Mapping(config, GROUPED)
    words = mapping.act_words(indices(layer.x_shape))
    names = named_values(config, layer)
    names |= mapping.tiling.formulas.quantity_values(names)
    seen = 0
    for n, x, y, g, block in product(
        range(layer.N), range(layer.IX), range(layer.IY), range(layer.groups),
        range(names["blocks"]),
    ):
        at = eval(formula, {}, {**names, "n": n, "x": x, "y": y, "g": g, "block": block})
        for lane in range(config.lanes):
            channel = config.lanes * block + lane
            expected = 0
            if channel < layer.group_IC:
                flat = (n, g * layer.group_IC + channel, x, y)
                expected = np.ravel_multi_index(flat, layer.x_shape) + 1
            assert words[at, lane] == expected
            seen += 1
    assert seen == words.size


@pytest.mark.parametrize(
    ("config", "layer", "dataflow"),
    [(PLAIN, GROUPED, "dense"), (PACKING, GROUPED, "dense"), (PACKING, GROUPED, "packed"),
     (PACKING, DEEP, "paired"), (ArrayConfig(rows=4, cols=3, dot=2, lanes=10, pack_edges=True),
                                 DEEP, "paired")],
)
def test_weights(config, layer, dataflow):
    page = register_page(config)
    loops = order(page, "g")
    assert loops == ["g", "oc_tile", "ic_block", "kx", "ky", "beat"]
    assert "input channel `V * ic_block + D * beat + d`" in page
    assert "output channel `oc_tile * C + c`" in page
    assert "A step has `beats` beats, or `V // D` in an array without shared words" in page
    mapping = Mapping(config, layer, dataflow=dataflow)
    tiling = mapping.tiling
    banks = tiling.in_banks(mapping.weight_words(indices(layer.w_shape)))
    names = named_values(config, layer)
    quantities = tiling.formulas.quantity_values(names)
    beats = quantities["beats"] if config.shares_words else config.lanes // config.dot
    for number, (name, words) in enumerate(banks.items()):
        blocks = range(quantities["blocks"])
        if dataflow == "paired":
            rows = range(quantities["row_blocks"]), range(quantities["pair"], quantities["blocks"])
            blocks = rows[number]
        extents = {
            "g": range(layer.groups), "oc_tile": range(quantities["oc_tiles"]), "ic_block": blocks,
            "kx": range(layer.KX), "ky": range(layer.KY), "beat": range(beats),
        }
        places = [
            dict(zip(loops, place, strict=True))
            for place in product(*(extents[loop] for loop in loops))
        ]
        if dataflow != "paired" and len(banks) > 1:
            places = [
                at for at in places
                if (at["g"] * quantities["oc_tiles"] + at["oc_tile"]) % 2 == number
            ]
        assert len(places) == len(words), name
        middle = quantities.get("row_blocks", 0) - 1
        for at, word in zip(places, words, strict=True):
            numbers = word.reshape(config.cols, config.dot)
            for c, d in np.ndindex(numbers.shape):
                oc = at["oc_tile"] * config.cols + c
                ic = config.lanes * at["ic_block"] + config.dot * at["beat"] + d
                taken = oc < layer.group_OC and ic < layer.group_IC
                if number and dataflow == "paired" and at["ic_block"] == middle:
                    taken = False  # the first row takes it
                place = (at["g"] * layer.group_OC + oc, ic, at["kx"], at["ky"])
                assert numbers[c, d] == (
                    np.ravel_multi_index(place, layer.w_shape) + 1 if taken else 0
                )


@pytest.mark.parametrize("config", [
    ArrayConfig(rows=4, cols=3, dot=2), ArrayConfig(rows=8, cols=2, pack_edges=True),
    ArrayConfig(rows=4, cols=2, lanes=5),
])
def test_weights_and_bias_of_shared_words(config):
    page = register_page(config)
    loops = order(page, "word, multiplier, part, bank")
    mapping = Mapping(config, DEPTHWISE, dataflow="shared")
    layer, tiling = DEPTHWISE, mapping.tiling
    names = named_values(config, layer)
    q = tiling.formulas.quantity_values(names)
    banks = tiling.in_banks(mapping.weight_words(indices(layer.w_shape)))
    words = {name: list(of) for name, of in banks.items()}
    (channel,) = re.findall(r"has channel `(word [^`]*)`", page.replace("\n", " "))
    steps = q["step_x"], layer.stride[1]
    strides = [s // np.gcd(s, d) for s, d in zip(steps, layer.dilation, strict=True)]
    extents = {
        "word": q["pixel_words"], "multiplier": q["multiplier"], "part": q["parts"],
        "bank": 1 + (config.lane_groups > config.dot), "phase_x": q["phases_x"],
        "a": q["reach_x"] + 1, "phase_y": q["phases_y"], "b": q["reach_y"] + 1,
    }
    for place in np.ndindex(*(extents[loop] for loop in loops)):
        at = dict(zip(loops, place, strict=True))
        word = words[("weight", "weight_odd")[at["bank"]]].pop(0).reshape(config.cols, config.dot)
        expected = np.zeros_like(word)
        kx = at["phase_x"] + at["a"] // q["spacing_x"] * strides[0]
        ky = at["phase_y"] + at["b"] // q["spacing_y"] * strides[1]
        tap = at["a"] % q["spacing_x"] == 0 and at["b"] % q["spacing_y"] == 0
        for d, c in product(range(config.dot), range(config.cols)):
            g = at["bank"] * config.dot + d
            own = eval(channel, {}, {**names, **at, "g": g, "c": c})
            lane = own - at["word"] * config.lanes
            if g >= config.lane_groups or lane >= config.lanes or own >= layer.IC:
                continue
            if tap and kx < layer.KX and ky < layer.KY:
                oc = own * q["multiplier"] + at["multiplier"]
                expected[c, d] = np.ravel_multi_index((oc, 0, kx, ky), layer.w_shape) + 1
        assert np.array_equal(word, expected), at
    assert not any(words["weight"])
    biases = mapping.bias_words(np.arange(1, layer.OC + 1))
    assert "A bias word is for (word, multiplier, part, g)" in page.replace("\n", " ")
    for i, (word, multiplier, part, g) in enumerate(np.ndindex(
        q["pixel_words"], q["multiplier"], q["parts"], config.lane_groups
    )):
        for c in range(config.cols):
            own = eval(channel, {}, {**names, "word": word, "part": part, "g": g, "c": c})
            used = own < layer.IC and own - word * config.lanes < config.lanes
            assert biases[i, c] == (own * q["multiplier"] + multiplier + 1 if used else 0)


def test_parameters_and_rows():
    page = register_page(ArrayConfig(rows=4, cols=4, post_lanes=2, post_mode="tflite"))
    assert "the fields `multiplier` (34 bits), `right` (5 bits), the lowest first" in page
    assert "Rows of sums leave in the order\n\n    (g, oc_tile, n, ox, oy)\n" in page
    assert "    with shared words: (word, m, part, n, patch_x, patch_y, lane group, i, j)" in page
    assert "where unsigned numbers of B bits are stored minus 2**(B - 1)" in page


def test_the_zero_point_of_an_unsigned_input():
    """As the page says: stored minus 128, outside as well."""
    from exported_layers import compiled

    layer = compiled("lanes").convolution
    zero = layer.reference.layer.input_zero_point
    (step,) = layer.program
    assert step.registers["padding_value"] == zero - 128
    assert layer.x.min() == layer.reference.x.min() - 128
