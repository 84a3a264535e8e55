"""Requantization lanes, behind the output FIFO."""

from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Field, Memory, Stream, Unit

__all__ = ["ADDEND_FRACTION", "MOST_LEFT", "LanesUnit", "parameter_fields", "usual_lanes"]

SUM_BITS = 32
"""Of a quantized layer's sums, as PyTorch and TFLite have them."""

ADDEND_FRACTION = 32
"""Bits of an addend behind the binary point. Smaller differences than these bits have are less than
2**-7 as a sum of 24 digits: multipliers below MOST_MULTIPLIER round them to 0 in any case."""

MOST_LEFT = 3
"""Bits by which a lane can shift to the left, before it shifts to the right."""

MULTIPLIER = Field(
    name="multiplier", bits=31, meaning="the bits of a positive float32, without its sign"
)
PARAMETERS = {
    "int32": (MULTIPLIER,),
    "float32": (
        MULTIPLIER,
        Field(name="addend", bits=32 + ADDEND_FRACTION,
              meaning="the bias, signed, in steps of 2**-32 of a sum's step; rounded to odd"),
    ),
    "tflite": (
        Field(name="multiplier", bits=31 + MOST_LEFT,
              meaning="in steps of 2**-31, after the shift to the left, if there is one"),
        Field(name="right", bits=5, meaning="the shift to the right"),
    ),
}
"""The parameters of a channel, by mode, the lowest field first."""


def parameter_fields(config: ArrayConfig) -> tuple[Field, ...]:
    """What a lane takes for a channel, lowest field first."""
    return PARAMETERS[config.post_mode]


class LanesUnit(Unit):
    """L lanes, each of which requantizes a sum per cycle, and a memory of their parameters."""

    parameters = {
        "post_lanes": "L: sums requantized per cycle, a divisor of C; 0: none "
        "(default: 0; for quantized layers C / 2)",
        "post_mode": "arithmetic of the requantization: int32, float32 or tflite (default: int32, "
        "or what a quantized layer needs)",
    }

    def is_in(self, config: ArrayConfig) -> bool:
        return config.post_lanes > 0

    def check(self, config: ArrayConfig) -> None:
        if config.cols % config.post_lanes:
            raise ValueError(
                f"post_lanes must be a divisor of cols = {config.cols}, not {config.post_lanes}"
            )
        if config.acc_bits > SUM_BITS:
            raise ValueError(
                f"acc_bits must be at most {SUM_BITS} with post_lanes, not {config.acc_bits}"
            )
        if not config.bias_words:
            raise ValueError("bias_words must be at least 1 with post_lanes, not 0")
        if config.parameters_words > 1 << config.addr_bits:
            raise ValueError(
                f"bias_words * cols / post_lanes must be at most 2**addr_bits = "
                f"{1 << config.addr_bits}, not {config.parameters_words}"
            )

    def registers(self, config: ArrayConfig) -> tuple[Field, ...]:
        activations = {
            "zero_point": "the activation that stands for zero",
            "low": "the least activation",
            "high": "the greatest activation",
        }
        return (
            Field(name="requantize", bits=1,
                  meaning="1: the sums are requantized, and leave as activations"),
            Field(name="chunks", bits=(max(2, config.chunks) - 1).bit_length(),
                  meaning="words of L activations per row of sums - 1"),
            *(Field(name=name, bits=config.act_bits, signed=True, meaning=meaning)
              for name, meaning in activations.items()),
        )

    def memories(self, config: ArrayConfig) -> tuple[Memory, ...]:
        fields = parameter_fields(config)
        return (
            Memory(name="parameters", bits=sum(field.bits for field in fields),
                   count=config.post_lanes, depth=config.parameters_words,
                   meaning=f"parameters of requantization for {config.post_lanes} columns, the "
                   "lowest first",
                   fields=fields,
                   placing=f"The bias word at address b has {config.chunks} words of parameters, "
                   f"from address {config.chunks} * b on. For each column:"),
        )

    def outputs(self, config: ArrayConfig) -> tuple[Stream, ...]:
        lanes, bits = config.post_lanes, config.act_bits
        return (
            Stream(
                name="results", item="result",
                fields=(
                    Field(name="activations", bits=bits, signed=True, count=lanes,
                          meaning=f"{lanes} activations of {bits} bits, the lowest column first"),
                    Field(name="last", bits=1, meaning="the layer's last word"),
                ),
                meaning="activations, rows in the order of o",
            ),
        )


def usual_lanes(cols: int) -> int:
    """L for networks: the largest divisor of the columns that is at most half of them.

    A row then takes two cycles. That keeps the array busy even in depthwise layers, whose tiles
    are short.
    """
    return max(lanes for lanes in range(1, max(1, cols // 2) + 1) if cols % lanes == 0)
