"""The place of a layer's results in the activation memory."""

from dataclasses import dataclass

from convolith.model.options.config import ArrayConfig

__all__ = ["Store"]


@dataclass(frozen=True, kw_only=True)
class Store:
    """The place of a layer's results, which may be some channels of a larger output.

    Parameters
    ----------
    base : int
        The address of the whole output's first word.
    channels : int
        The channels of the whole output.
    first, count : int
        The first channel that the layer computes, and the number of its channels. A piece of a
        split layer computes only some.
    """

    base: int
    channels: int
    first: int = 0
    count: int

    def words(self, config: ArrayConfig, pixels: int) -> int:
        """Activation words that the whole output takes."""
        return pixels * -(-self.channels // config.lanes)

    def pixel_step(self, config: ArrayConfig) -> int:
        """From a pixel to the next one, in words of L activations."""
        return -(-self.channels // config.lanes) * config.act_banks

    def register_values(self, config: ArrayConfig) -> dict[str, int]:
        """The registers that do not depend on the dataflow."""
        lanes = config.post_lanes
        return {
            "store": 1,
            "store_base": self.base * config.act_banks + self.first // lanes,
            "store_words": -(-self.count // lanes),
            "store_j": self.pixel_step(config),
        }
