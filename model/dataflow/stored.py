"""Where a layer's results lie in the activation memory."""

from dataclasses import dataclass

from convolith.model.options.config import ArrayConfig

__all__ = ["Store"]


@dataclass(frozen=True, kw_only=True)
class Store:
    """Where a layer's results go.

    Parameters
    ----------
    base : int
        The address of the whole output's first word.
    channels : int
        Of the whole output.
    first, count : int
        Those channels that the layer gives: it may be a part of one.
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
