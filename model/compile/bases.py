"""Where a layer's words begin in the memories."""

from dataclasses import dataclass

from convolith.model.checks import check_int
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

    Raises
    ------
    TypeError, ValueError
        For what is no address.
    """

    act: int = 0
    weight: int = 0
    bias: int = 0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            check_int(f"the {name} base", value, 0)

    def check(self, last: "Bases") -> None:
        """Refuses addresses behind the ``last`` ones.

        Raises
        ------
        ValueError
            If one is.
        """
        for name, most in vars(last).items():
            check_int(f"the {name} base", getattr(self, name), 0, most)

    def of(self, config: ArrayConfig, memory: str) -> int:
        """The address of a layer's first word in a memory."""
        if memory == "parameters":
            return self.bias * config.chunks
        return {"act": self.act, "bias": self.bias}.get(memory, self.weight)

    @property
    def registers(self) -> dict[str, int]:
        """The registers that hold them, but for the input's, which padding moves."""
        return {"weight_base": self.weight, "bias_base": self.bias}
