"""Errors of simulations."""

__all__ = ["SimulationError"]


class SimulationError(RuntimeError):
    """The hardware broke its contract: it hung, or took other cycles than the model says."""
