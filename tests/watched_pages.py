"""Layers whose pages the browser's tests open."""

from functools import cache

import numpy as np
from exported_layers import LAYERS, compiled

from convolith.model.options.config import ArrayConfig
from convolith.model.reference.tutorial import CASES
from convolith.sim.demo.cases import tutorial_case
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.contract.fault import parse_fault
from convolith.sim.layers.plain.convolution import Convolution
from convolith.sim.watch.watch import watched

__all__ = ["DISTINCT", "PAGES", "made"]

DISTINCT = "all extents differ"
TUTORIAL = {f"tutorial {case.name}": case for case in CASES}


def drawn(config, x_shape, w_shape, low=-9, high=10, **arguments):
    rng = np.random.default_rng(7)
    x, w = rng.integers(low, high, x_shape), rng.integers(-5, 6, w_shape)
    return Convolution.prepare(config, x, w, **arguments)


def distinct():
    """N, IC, OC, OX and OY: 2, 3, 6, 4 and 5; KX and KY: 3 and 2."""
    config = ArrayConfig(rows=3, cols=4, dot=1)
    return [drawn(config, (2, 3, 6, 6), (6, 3, 3, 2), plain=True)]


def wide():
    config = ArrayConfig(rows=16, cols=16, dot=1)
    return [drawn(config, (1, 4, 5, 7), (20, 4, 3, 3), padding=1)]


def over_sixteen():
    config = ArrayConfig(rows=20, cols=18, dot=1)
    return [drawn(config, (1, 4, 6, 6), (20, 4, 2, 2), plain=True)]


def large():
    """Beyond what is shown at a time, under a long title."""
    config = ArrayConfig(rows=32, cols=32, dot=1)
    return [drawn(config, (1, 3, 9, 9), (40, 3, 3, 3), padding=1)]


def beside():
    config = ArrayConfig(rows=4, cols=4, pack_edges=True)
    return [drawn(config, (1, 8, 4, 3), (12, 8, 2, 2), plain=plain) for plain in (False, True)]


def unsigned():
    config = ArrayConfig(rows=4, cols=4)
    return [drawn(config, (1, 3, 5, 5), (4, 3, 3, 3), low=100, high=250, padding=1)]


def mirrored():
    """Padding by the input's own numbers."""
    config = ArrayConfig(rows=4, cols=4)
    return [drawn(config, (1, 2, 5, 4), (3, 2, 3, 2), padding=(2, 1), padding_mode="reflect")]


LARGE = "32x32, a title that is as long as the description of a module of PyTorch can be: " * 2
OWN = {
    DISTINCT: distinct, "16x16": wide, "20x18": over_sixteen, LARGE: large, "beside plain": beside,
    "unsigned": unsigned, "mirrored": mirrored,
}
PAGES = (*TUTORIAL, *LAYERS, *OWN, "fault", "window")


@cache
def made(name):
    """What was watched."""
    fault = window = None
    if name == "fault":
        layers = [tutorial_case(TUTORIAL["tutorial 2D channels"]).convolution]
        fault = parse_fault("1,0,5,46", layers[0].schedule)
    elif name == "window":
        layers, window = [compiled("folded").convolution], (60, 140)
    elif name in TUTORIAL:
        layers = [tutorial_case(TUTORIAL[name]).convolution]
    elif name in LAYERS:
        layers = [compiled(name).convolution]
    else:
        layers = OWN[name]()
    return watched(layers, AmaranthSimulator(), title=name, window=window, fault=fault)
