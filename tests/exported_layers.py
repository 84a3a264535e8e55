"""Layers for exported folders: one of each mapping and option, and random ones."""

from dataclasses import replace

import numpy as np

from convolith.model.options.config import ArrayConfig
from convolith.sim.fuzz.draw import draw_call, draw_config
from convolith.sim.fuzz.quantized import quantized_case
from convolith.sim.layers.case import Case
from convolith.sim.layers.compiled import Compiled
from convolith.sim.layers.plain.convolution import Convolution

__all__ = ["LAYERS", "compiled", "random_layer"]

SMALL = {"act_words": 512, "weight_words": 512, "bias_words": 16}
BASE = {"rows": 4, "cols": 4, "dot": 2, "sum_words": 64, **SMALL}

# Each: parameters of the array, shapes of input and weight, arguments, and what it shows: words of
# its mapping, the number of pieces, and whether it is quantized and its results are stored.
LAYERS = {
    "plain": (BASE, (1, 8, 5, 6), (5, 8, 1, 1), {}, "plain", 1, None),
    "folded": (BASE, (1, 3, 6, 7), (4, 3, 3, 3), {"padding": 1}, "folded", 1, None),
    "merged": (BASE, (1, 8, 5, 5), (8, 2, 1, 2), {"groups": 4}, "groups as one", 1, None),
    "shared words": (
        BASE, (1, 8, 7, 6), (8, 1, 3, 3), {"groups": 8, "padding": 1}, "shared words", 1, None
    ),
    "spread": (
        BASE, (1, 8, 9, 8), (8, 1, 3, 3), {"groups": 8, "dilation": 2, "padding": 2},
        "space to batch", 1, None,
    ),
    "packed tiles": (
        BASE | {"pack_edges": True}, (1, 8, 1, 3), (12, 8, 1, 1), {}, "packed tiles", 1, None
    ),
    "row pairs": (
        BASE | {"pack_edges": True}, (1, 32, 1, 3), (4, 32, 1, 1), {}, "rows in pairs", 1, None
    ),
    "partial sums": (
        BASE | {"act_words": 16, "weight_words": 16},
        (1, 20, 4, 4), (4, 20, 2, 2), {}, "", 3, None,
    ),
    "1D": (BASE, (2, 5, 11), (6, 5, 3), {"stride": 2, "dilation": 2}, "", 1, None),
    "lanes": (
        BASE | {"post_lanes": 2, "weight_bits": 9},
        (1, 6, 5, 5), (6, 6, 3, 3), {"padding": 1}, "", 1, "int32",
    ),
    "float32 lanes": (
        BASE | {"post_lanes": 4, "post_mode": "float32", "weight_bits": 9},
        (1, 6, 5, 5), (6, 6, 2, 2), {}, "", 1, "float32",
    ),
    "tflite lanes": (
        BASE | {"post_lanes": 1, "post_mode": "tflite", "weight_bits": 9},
        (1, 6, 4, 4), (6, 6, 2, 2), {}, "", 1, "tflite",
    ),
    "slow lanes": (
        BASE | {"post_lanes": 1, "weight_bits": 9},
        (2, 4, 6, 6), (8, 4, 1, 1), {}, "", 1, "int32",
    ),
    "stored": (
        BASE | {"post_lanes": 2, "weight_bits": 9, "store_results": True},
        (2, 6, 5, 5), (7, 6, 3, 3), {"padding": 1}, "", 1, "stored",
    ),
    "stored patches": (
        BASE | {"post_lanes": 2, "weight_bits": 9, "store_results": True},
        (1, 8, 6, 5), (8, 1, 3, 3), {"groups": 8, "padding": 1}, "shared words", 1, "stored",
    ),
}


def compiled(name: str) -> Compiled:
    """A layer of LAYERS, which is what its name says."""
    parameters, x_shape, w_shape, arguments, mapping, pieces, quantized = LAYERS[name]
    config = ArrayConfig(**parameters)
    if quantized:
        case = quantized_case(config, x_shape, w_shape, arguments, biased=True, seed=3)
        found = Compiled.of(case.prepare())
    else:
        rng = np.random.default_rng(3)
        x, w = rng.integers(-128, 128, x_shape), rng.integers(-128, 128, w_shape)
        bias = rng.integers(-999, 999, w_shape[0])
        plain = name == "plain"
        found = Compiled.of(Convolution.prepare(config, x, w, bias, plain=plain, **arguments))
    assert mapping in found.mapping
    assert len(found.program) == pieces
    assert (found.memory is not None) == (quantized == "stored")
    return found


WANTED = (
    "", "stored", "shared words", "", "rows in pairs", "partial sums", "lanes", "packed tiles",
)
"""What random layers must have, one after the other; nothing in particular for the first."""


def random_layer(seed: int, *, most_cycles: int = 3000) -> tuple[Compiled, bool]:
    """A random layer on a random array, and whether its core has memories."""
    rng = np.random.default_rng((24, seed))
    wanted = WANTED[seed % len(WANTED)]

    def draw(low: int, high: int) -> int:
        return int(rng.integers(low, high + 1))

    while True:
        config = draw_config(draw, small=True, side=4, multipliers=32)
        call = draw_call(draw, max_macs=6000, extent=8, kernel=4, channels=8)
        if config is None or call is None:
            continue
        depth = 32 if wanted == "partial sums" else 1024
        depths = {name: min(getattr(config, name), depth) for name in ("act_words", "weight_words")}
        case: Case = call.case(replace(config, **depths), draw(0, 1 << 30))
        try:
            convolution = case.prepare()
        except ValueError:  # memories too small for a piece, or sums too large: no layer for it
            continue
        if convolution.schedule.cycles > most_cycles:
            continue
        found = Compiled.of(convolution)
        if not wanted or wanted in traits(found):
            return found, draw(0, 2) > 0


def traits(layer: Compiled) -> set[str]:
    """What there is to be seen in a layer."""
    pieces = layer.convolution.schedule.pieces
    found = {piece.mapping.kind.label.removesuffix(" by lines").removesuffix(" by patches")
             for piece in pieces}
    found |= {"partial sums"} if not all(piece.last for piece in pieces) else set()
    found |= {"lanes"} if layer.convolution.output else set()
    return found | ({"stored"} if layer.memory is not None else set())
