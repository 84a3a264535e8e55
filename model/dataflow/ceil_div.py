"""How many parts of a size it takes: quotients, rounded up."""

__all__ = ["ceil_div"]


def ceil_div(a: int, b: int) -> int:
    """a / b, rounded up."""
    return -(-a // b)
