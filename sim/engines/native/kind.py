"""The builds of one core: each for a purpose, and no slower than that needs."""

from dataclasses import dataclass

__all__ = ["FAST", "OBSERVED", "TESTED", "Kind", "mutated"]


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
        Its outputs need not be ready, it can be reset, and its ports are watched.
    selector : int
        Bits of the input that chooses one of its mutants; 0: it has none.
    """

    name: str = ""
    macros: tuple[str, ...] = ()
    verilator: tuple[str, ...] = ()
    observed: bool = False
    tested: bool = False
    selector: int = 0

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


def mutated(bits: int) -> Kind:
    """For mutants, which a number of so many bits chooses."""
    return Kind(
        name="with mutants", tested=True, selector=bits, verilator=("-Wno-fatal",),
        macros=("-DCONVOLITH_TESTED", "-DCONVOLITH_MUTANTS"),
    )
