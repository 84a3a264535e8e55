"""One requantization lane: takes a sum and gives an activation in every cycle."""

from amaranth.hdl import *
from amaranth.lib import data

from convolith.hw.cells.delay import delayed, register
from convolith.hw.layouts.fields import struct_of
from convolith.hw.requantize.float_scale import FloatScale, float_scale_latency
from convolith.hw.requantize.integer_scale import INTEGER_SCALE_LATENCY, IntegerScale
from convolith.hw.requantize.normalize import normalize_latency
from convolith.hw.requantize.round_sum import ROUND_LATENCY, RoundSum
from convolith.model.options.config import ArrayConfig
from convolith.model.options.lanes import ADDEND_FRACTION, parameter_fields

__all__ = ["PARAMETERS_AT", "PostLane", "lane_latency", "parameter_layout"]

ADDED_BITS = 32 + ADDEND_FRACTION  # width of the magnitude of sum + addend

PARAMETERS_AT = {"int32": 1 + normalize_latency(32), "float32": 1 + ROUND_LATENCY, "tflite": 2}
"""For each mode the cycle in which a lane needs its channel's parameters, after the sum's."""


def parameter_layout(config: ArrayConfig) -> data.StructLayout:
    """A channel's parameters; `convolith.model.options.lanes` says what each field means."""
    return struct_of(parameter_fields(config))


def lane_latency(config: ArrayConfig) -> int:
    """Cycles from a sum to its activation."""
    magnitude, clamped = 1, 3
    scaled = {
        "int32": float_scale_latency(32),
        "float32": ROUND_LATENCY + 2 + float_scale_latency(ADDED_BITS),
        "tflite": 1 + INTEGER_SCALE_LATENCY,
    }
    return magnitude + scaled[config.post_mode] + clamped


class PostLane(Elaboratable):
    """Requantizes one sum per cycle: multiplier, zero point, clamp.

    Latency: ``lane_latency(config)``. Throughput: one per cycle. Reset: none.

    Parameters
    ----------
    config : ArrayConfig
    sum : Value
        Signed.
    parameters : View of parameter_layout(config)
        The channel's parameters, ``PARAMETERS_AT`` cycles after the sum.
    layer : View
        ``zero_point``, ``low`` and ``high``: activations. Stable while sums are in the lane.

    Members
    -------
    activation : Signal, act_bits
    """

    def __init__(self, config: ArrayConfig, layer, *, sum, parameters):
        self.config, self.layer = config, layer
        self.sum, self.parameters = sum, parameters
        self.activation = Signal(signed(config.act_bits), reset_less=True)

    def elaborate(self, platform):
        m = Module()
        config, layer = self.config, self.layer
        total = Value.cast(self.sum).as_signed()
        # All modes work on the magnitude. signs[t] is the sign t cycles later: it is needed again
        # where the zero point is added.
        signs = delayed(m, total[-1], lane_latency(config) - 3, name="sign", reset_less=True)
        magnitude = register(m, "magnitude", abs(total)[: len(total)])
        parts = {"int32": self.scale, "float32": self.add_and_scale, "tflite": self.shift}
        scaled, negative = parts[config.post_mode](m, magnitude, signs)
        shifted = register(
            m, "shifted", layer.zero_point + Mux(negative, -scaled, scaled)
        )
        low = register(m, "is_low", shifted < layer.low)
        high = register(m, "is_high", shifted > layer.high)
        within = register(m, "within", shifted)
        m.d.sync += self.activation.eq(Mux(low, layer.low, Mux(high, layer.high, within)))
        return m

    def scale(self, m, magnitude, signs):
        """The mode int32. The sum has its bias already, and is multiplied."""
        m.submodules.scale = scale = FloatScale(
            magnitude, fraction=0, multiplier=self.parameters.multiplier, bits=self.config.act_bits
        )
        return scale.result, signs[-1]

    def add_and_scale(self, m, magnitude, signs):
        """The mode float32. The sum is rounded to a float32 and gets its bias; then the product."""
        m.submodules.round = round_ = RoundSum(magnitude)
        whole = Mux(signs[1 + ROUND_LATENCY], -round_.rounded, round_.rounded)
        total = register(
            m, "total",
            Cat(C(0, ADDEND_FRACTION), whole).as_signed() + self.parameters.addend.as_signed(),
        )
        number = register(m, "number", abs(total)[:ADDED_BITS])
        wait = 3 + ROUND_LATENCY + normalize_latency(ADDED_BITS) - PARAMETERS_AT["float32"]
        multiplier = delayed(
            m, self.parameters.multiplier, wait, name="multiplier", reset_less=True
        )[-1]
        m.submodules.scale = scale = FloatScale(
            number, fraction=ADDEND_FRACTION, multiplier=multiplier, bits=self.config.act_bits
        )
        later = float_scale_latency(ADDED_BITS) + 1
        return scale.result, delayed(m, total[-1], later, name="minus", reset_less=True)[-1]

    def shift(self, m, magnitude, signs):
        """The mode tflite: an integer multiplier and a shift."""
        number = register(m, "number", magnitude)  # waits a cycle for the parameters
        m.submodules.scale = scale = IntegerScale(
            number, signs[2], multiplier=self.parameters.multiplier, right=self.parameters.right,
            bits=self.config.act_bits,
        )
        return scale.result, signs[-1]
