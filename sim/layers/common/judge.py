"""Who says what a layer's result must be."""

from typing import Any, Protocol

from numpy.typing import NDArray

__all__ = ["Judge"]


class Judge(Protocol):
    """A layer with its own tensors, for PyTorch, or for what stands in for it."""

    @property
    def name(self) -> str:
        """For reports."""

    @property
    def engine(self) -> str | None:
        """Whose arithmetic a quantized layer has; None for a layer of sums."""

    @property
    def bias(self) -> NDArray[Any] | None:
        """The layer's."""

    @property
    def padding_mode(self) -> str:
        """The layer's."""

    def output(self) -> NDArray[Any]:
        """The right result."""
