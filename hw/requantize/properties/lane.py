"""`PostLane`: its parts get what belongs to the same sum."""

from types import SimpleNamespace

from amaranth.hdl import *

from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.hw.requantize.float_scale import float_scale_latency
from convolith.hw.requantize.integer_scale import INTEGER_SCALE_LATENCY
from convolith.hw.requantize.lane import (
    ADDED_BITS,
    PARAMETERS_AT,
    PostLane,
    lane_latency,
    parameter_layout,
)
from convolith.hw.requantize.normalize import normalize_latency
from convolith.hw.requantize.round_sum import ROUND_LATENCY
from convolith.model.options.config import ArrayConfig
from convolith.model.options.lanes import ADDEND_FRACTION

__all__ = ["LaneProperty"]

BLOCK = "hw.requantize.lane"
CLAMP = 3  # cycles from the scaled number to the activation
SCALE = {
    "int32": float_scale_latency(32), "float32": float_scale_latency(ADDED_BITS),
    "tflite": INTEGER_SCALE_LATENCY,
}
CLAMPED = (
    "m.d.sync += self.activation.eq(Mux(low, layer.low, Mux(high, layer.high, within)))"
)
CLAMPED_LATE = """low, high, within = (
            register(m, f"late_{i}", value) for i, value in enumerate((low, high, within)))
        m.d.comb += self.activation.eq(Mux(low, layer.low, Mux(high, layer.high, within)))"""
"""The limits come behind the last register: the layer is needed a cycle longer."""


class LaneProperty(Property):
    """A sum in every cycle, and in every cycle the parameters of another channel.

    The lemmas `round_sum`, `normalize`, `product`, `float_scale` and `integer_scale` say what the
    parts compute. Here their results are taken as they are.
    """

    name = "lane"
    says = ("a lane's parts get magnitude, sign and parameters of one sum in their cycles; the "
            "activation is the scaled number with its sign and zero point, clamped")
    sizes = [
        {"mode": mode, "bits": bits} for mode in ("int32", "float32", "tflite") for bits in (8, 4)
    ]
    fast = [{"mode": mode, "bits": 8} for mode in ("int32", "tflite")]
    method = Induction(k=4)
    opaque = True
    planted = (
        Planted(BLOCK, "lane_latency(config) - 3, name", "lane_latency(config) - 4, name",
                at={"mode": "tflite"}, slow=True),
        Planted(BLOCK, "Mux(negative, -scaled, scaled)", "Mux(negative, scaled, -scaled)",
                at={"mode": "tflite"}, slow=True),
        Planted(BLOCK, "shifted > layer.high", "shifted >= layer.high - 1",
                at={"mode": "tflite"}),
        Planted(BLOCK, "Mux(low, layer.low,", "Mux(low, layer.high,",
                at={"mode": "tflite"}),
        Planted(BLOCK, CLAMPED, CLAMPED_LATE, at={"mode": "tflite"}),
        Planted(BLOCK, "fraction=0, multiplier=self.parameters.multiplier",
                "fraction=0, multiplier=signs[1].replicate(31)", at={"mode": "int32"}),
        Planted(BLOCK, "abs(total)[: len(total)])", "total[: len(total)])",
                at={"mode": "tflite"}),
        Planted(BLOCK, "signs[1 + ROUND_LATENCY]", "signs[ROUND_LATENCY]", at={"mode": "float32"},
                slow=True),
        Planted(BLOCK, "-round_.rounded, round_.rounded)", "round_.rounded, round_.rounded)",
                at={"mode": "float32"}, slow=True),
        Planted(BLOCK, "wait = 3 +", "wait = 2 +", at={"mode": "float32"}, slow=True),
        Planted(BLOCK, "float_scale_latency(ADDED_BITS) + 1", "float_scale_latency(ADDED_BITS)",
                at={"mode": "float32"}, at_end=True, slow=True),
        Planted(BLOCK, "signs[2], multiplier", "signs[1], multiplier", at={"mode": "tflite"}),
        Planted(BLOCK, 'register(m, "number", magnitude)', 'register(m, "number", signs[1])',
                at={"mode": "tflite"}),
    )

    def __init__(self, size):
        super().__init__(size)
        self.cut = ("lane.round",) if size["mode"] == "float32" else ()

    @property
    def traces(self):
        return SCALE[self.size["mode"]] + 12  # until activations come, and some cycles more

    def build(self, m, platform):
        mode, bits = self.size["mode"], self.size["bits"]
        self.config = config = ArrayConfig(
            rows=1, cols=1, act_bits=bits, post_lanes=1, post_mode=mode, depthwise=False
        )
        number = self.free(signed(config.acc_bits), "sum")
        parameters = self.free(parameter_layout(config), "parameters")
        layer = SimpleNamespace(**{
            name: self.free(signed(bits), name) for name in ("zero_point", "low", "high")
        })
        lane = PostLane(config, layer, sum=number, parameters=parameters)
        inside = Opened(m, "lane", lane, platform)
        magnitude = self.before(m, abs(number)[:32], "plain_magnitude")
        parts = {"int32": self.int32, "float32": self.float32, "tflite": self.tflite}
        negative = parts[mode](m, inside, number, magnitude, parameters)

        scaled = inside["scale.result"]
        shifted = layer.zero_point + Mux(negative, -scaled, scaled)
        clamped = Mux(shifted < layer.low, layer.low,
                      Mux(shifted > layer.high, layer.high, shifted))
        # Of sums that were not in the lane while its registers changed.
        filled = self.steady(m, layer)
        self.claim("the activation is clamped", ~filled | (
                   lane.activation == self.later(m, clamped[:bits], CLAMP, "clamped").as_signed()))
        self.reach("a negative activation within the limits",
                   (lane.activation < -1) & (lane.activation > layer.low) & (layer.high > 0))

    def steady(self, m, layer) -> Value:
        """The registers have stayed for CLAMP cycles, and their limits are not the wrong way."""
        settings = Cat(layer.zero_point, layer.low, layer.high)
        before = self.history(m, settings, CLAMP, "settings")
        legal = self.later(m, layer.low <= layer.high, CLAMP, "legal")
        return legal & Cat(value == before[-1] for value in before).all()

    def int32(self, m, inside, number, magnitude, parameters):
        """Magnitude, then the multiplier when the magnitude is normalized."""
        self.claim("the scale gets the magnitude", inside["magnitude"] == magnitude)
        # The magnitude is normalized when the parameters come.
        assert PARAMETERS_AT["int32"] == 1 + normalize_latency(32)
        self.multiplies(m, inside, parameters.multiplier)
        return self.sign_of(m, inside, "sign", number < 0, 1 + SCALE["int32"])

    def float32(self, m, inside, number, magnitude, parameters):
        """The sum is rounded, and gets its addend; the multiplier waits."""
        at = PARAMETERS_AT["float32"]
        rounded, minus = inside["round.rounded"], self.later(m, number < 0, at, "minus")
        self.sign_of(m, inside, "sign", number < 0, lane_latency(self.config) - CLAMP)
        self.claim("the rounding gets the magnitude", inside["magnitude"] == magnitude)
        whole = Cat(C(0, ADDEND_FRACTION), rounded)
        total = Mux(minus, -whole, whole) + parameters.addend.as_signed()
        total = self.before(m, total, "plain_total")
        self.claim("the scale gets the sum with its addend",
                   inside["number"] == self.before(m, abs(total)[:ADDED_BITS], "plain_number"))
        # The number is normalized so many cycles after the parameters have come.
        wait = 2 + normalize_latency(ADDED_BITS)
        assert 1 + ROUND_LATENCY == at
        waits = self.history(m, parameters.multiplier, wait, "plain_multiplier")
        self.claim("the multiplier waits for its number",
                   inside["multiplier_delayed"] == Cat(waits))
        self.multiplies(m, inside, waits[-1])
        return self.sign_of(m, inside, "minus", total < 0, 1 + SCALE["float32"])

    def tflite(self, m, inside, number, magnitude, parameters):
        """Magnitude and sign wait a cycle for the parameters."""
        assert PARAMETERS_AT["tflite"] == 2
        self.claim("the scale gets the magnitude when the parameters come",
                   inside["number"] == self.before(m, magnitude, "plain_number"))
        given = Cat(self.later(m, number < 0, 2, "sign_then"), parameters.right)
        self.claim("the scale gets sign and shift with the magnitude",
                   inside["scale.right_delayed"][: len(given)] == self.before(m, given, "given"))
        return self.sign_of(m, inside, "sign", number < 0, 2 + SCALE["tflite"])

    def multiplies(self, m, inside, multiplier):
        """The product takes the multiplier's significand: a half of it in each of two registers."""
        significand = self.before(m, Cat(multiplier[:23], 1), "plain_significand")
        self.claim("the product gets the multiplier of its number",
                   Cat(inside["scale.product.y_0"], inside["scale.product.y_1"]) == significand)

    def sign_of(self, m, inside, name, sign, cycles):
        """A sign, as long ago as its number's scaled magnitude takes."""
        signs = self.history(m, sign, cycles, f"plain_{name}")
        self.claim(f"the {name} waits for its number", inside[f"{name}_delayed"] == Cat(signs))
        return signs[-1]
