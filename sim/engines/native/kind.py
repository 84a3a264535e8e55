"""The builds of one core: each for a purpose, and no slower than that needs."""

from dataclasses import dataclass

__all__ = ["FAST", "OBSERVED", "TESTED", "Kind"]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A build of the core.

    Parameters
    ----------
    name : str
        What messages call it.
    macros : tuple of str
        Of harness.cpp.
    verilator : tuple of str
        More options of Verilator.
    observed : bool
        It has loop variables, waveforms and faults.
    tested : bool
        Its outputs need not be ready, and its ports are watched.
    """

    name: str = ""
    macros: tuple[str, ...] = ()
    verilator: tuple[str, ...] = ()
    observed: bool = False
    tested: bool = False

    @property
    def suffix(self) -> str:
        """What messages say behind the core's name."""
        return f", {self.name}" if self.name else ""


FAST = Kind()
"""For results and cycles."""

OBSERVED = Kind(
    name="observed", observed=True, tested=True,
    macros=("-DCONVOLITH_OBSERVED", "-DCONVOLITH_TESTED"),
    verilator=("--trace-vcd", "--trace-max-width", "0", "--trace-max-array", "0"),
)
"""For waveforms, faults and recordings, in an environment or without."""

TESTED = Kind(name="tested", tested=True, macros=("-DCONVOLITH_TESTED",))
"""For runs in an `Environment`."""
