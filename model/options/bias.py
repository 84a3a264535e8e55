"""A bias, added to the sums as they leave."""

from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Field, Memory, Unit

__all__ = ["BiasUnit"]


class BiasUnit(Unit):
    """A memory of biases, a word per C output channels."""

    parameters = {"bias_words": "depth of the bias memory; 0: no bias in hardware"}

    def is_in(self, config: ArrayConfig) -> bool:
        return config.bias_words > 0

    def registers(self, config: ArrayConfig) -> tuple[Field, ...]:
        return (
            Field(name="bias_base", bits=config.addr_bits, wraps=True,
                  meaning="address of the layer's first bias word"),
            Field(name="add_bias", bits=1, meaning="1: the bias is added to the sums"),
        )

    def memories(self, config: ArrayConfig) -> tuple[Memory, ...]:
        return (
            Memory(name="bias", bits=config.acc_bits, count=config.cols, depth=config.bias_words,
                   meaning=f"{config.cols} numbers, column 0 lowest"),
        )
