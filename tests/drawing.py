"""Layers, arrays and numbers for property tests."""

from collections.abc import Callable

from hypothesis import assume
from hypothesis import strategies as st

from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.fuzz.draw import Call, draw_call, draw_config, draw_layer, random_ints
from convolith.sim.layers.case import Case
from convolith.sim.layers.plain.convolution import Convolution

__all__ = ["calls", "configs", "integers_of", "layers", "prepared", "random_ints"]

MAX_MACS = 20_000  # keeps the loop nest and the simulators quick


def drawn(draw, function, **limits):
    """What ``function`` makes of numbers that hypothesis can shrink."""
    result = function(lambda low, high: draw(st.integers(low, high)), **limits)
    assume(result is not None)
    return result


@st.composite
def layers(draw, max_groups: int = 3, max_macs: int = MAX_MACS) -> ConvLayer:
    """Small layers: 1D and 2D, batch, stride, padding, dilation and groups."""
    return drawn(draw, draw_layer, max_groups=max_groups, max_macs=max_macs)


@st.composite
def calls(draw, max_macs: int = MAX_MACS) -> Call:
    """Of `layers`, now and then depthwise or linear; all kinds of padding and numbers."""
    return drawn(draw, draw_call, max_macs=max_macs)


@st.composite
def configs(draw, dots: tuple[int, int] = (1, 4), *, small: bool = False) -> ArrayConfig:
    """Small arrays, memories deep enough for `layers`, or, if ``small``, often not."""
    return drawn(draw, draw_config, dots=dots, small=small)


def prepared(case: Case) -> Convolution:
    """The case, if the memories hold at least the smallest piece of it."""
    try:
        return case.prepare()
    except ValueError as error:
        assume("for this layer's smallest piece, not" not in str(error))
        raise


def integers_of(data: st.DataObject) -> Callable[[int, int], int]:
    """A function that draws an integer from ``low`` to ``high``."""
    return lambda low, high: data.draw(st.integers(low, high))
