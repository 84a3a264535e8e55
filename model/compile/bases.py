"""Where a layer's words begin in the memories."""

from dataclasses import dataclass

from convolith.model.options.config import ArrayConfig

__all__ = ["Bases"]


@dataclass(frozen=True, kw_only=True)
class Bases:
    """The addresses of a layer's first words.

    Parameters
    ----------
    act : int
        Of the input.
    weight : int
        Of the weight, in each bank.
    bias : int
        Of the bias. The parameters of requantization follow it: C / L words for each of its words.
    """

    act: int = 0
    weight: int = 0
    bias: int = 0

    def of(self, config: ArrayConfig, memory: str) -> int:
        """The address of a layer's first word in a memory."""
        if memory == "parameters":
            return self.bias * config.chunks
        return {"act": self.act, "bias": self.bias}.get(memory, self.weight)

    @property
    def registers(self) -> dict[str, int]:
        """The registers that hold them, but for the input's, which padding moves."""
        return {"weight_base": self.weight, "bias_base": self.bias}
