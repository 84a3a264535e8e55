"""Blocks as Verilog of our own, for text that any tool reads."""

from dataclasses import dataclass

__all__ = ["VerilogPlatform", "is_verilog"]


@dataclass(frozen=True)
class VerilogPlatform:
    """In place of Amaranth's platform where the design is written as Verilog text.

    Parameters
    ----------
    name : str
        The name of the top module. All modules' names begin with it.
    device : str
        The part whose own cells are used; none for text that any tool reads.
    """

    name: str
    device: str = ""


def is_verilog(platform) -> bool:
    """Whether the design is written as Verilog text."""
    return isinstance(platform, VerilogPlatform)
