"""A property: blocks, what drives them, and what is claimed of them."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from amaranth.hdl import *

from convolith.hw.properties.method import Method
from convolith.hw.properties.planted import Planted

__all__ = ["Property", "Size"]

Size = Mapping[str, Any]


class Property(Elaboratable):
    """Claims about blocks, in one size.

    A property of one's own derives from this class, sets the members below, and writes `build`. A
    solver then chooses all free signals, and the reset, in every cycle, and looks for a run in
    which a claim does not hold.

    Parameters
    ----------
    size : mapping
        One of ``sizes``.

    Members
    -------
    name : str
    says : str
        What is claimed, in one sentence.
    sizes : sequence of mapping
        The configurations in which it is claimed.
    method : Method
    planted : sequence of Planted
        Errors of the blocks that the property must find.
    fast : sequence of mapping or None
        The sizes that are shown where time is short; None: all.
    device : str
        The part whose own cells the blocks use.
    opaque : bool
        The solver takes any number for a product. So the claims hold whatever a product is, and
        the solver need not multiply. The blocks and the claims must multiply the same signals.
    cut : sequence of str
        Inner blocks of which other properties speak, such as ``lane.scale``. Here their outputs may
        have any value.
    """

    name: ClassVar[str]
    says: ClassVar[str]
    sizes: ClassVar[Sequence[Size]]
    method: ClassVar[Method]
    planted: ClassVar[Sequence[Planted]] = ()
    fast: ClassVar[Sequence[Size] | None] = None
    device: ClassVar[str] = ""
    opaque: bool = False
    cut: Sequence[str] = ()

    def __init__(self, size: Size):
        self.size = size
        self.inputs: list[Signal] = []
        self.assumptions: list[Value] = []
        self.claims: dict[str, Signal] = {}
        self.reached: dict[str, Signal] = {}
        self.assumed = Signal(name="assumed")
        self.holds = Signal(name="holds")
        self.seen = Signal(name="seen")

    @abstractmethod
    def build(self, m: Module, platform) -> None:
        """Adds the blocks, and calls `free`, `assume`, `claim` and `reach`."""

    def free(self, shape, name: str) -> Any:
        """A signal that can have any value in every cycle."""
        signal = Signal(shape, name=name)
        self.inputs.append(Value.cast(signal))
        return signal

    def assume(self, why: str, condition: Value) -> None:
        """Runs in which the condition does not hold in every cycle do not count.

        ``why``: who keeps to it in the core.
        """
        assert why
        self.assumptions.append(Value.cast(condition).any())

    def claim(self, what: str, condition: Value) -> None:
        """The condition must hold in every cycle."""
        self.claims[what] = self._port("claim", what, self.claims, condition)

    def reach(self, what: str, condition: Value) -> None:
        """There must be a run with a cycle in which the condition holds.

        Without such a run the claims would say nothing. One run must show all that is reached.
        """
        self.reached[what] = self._port("reach", what, self.reached, condition)

    def before(self, m: Module, value: Value, name: str) -> Signal:
        """What the value was in the cycle before. Reset does not change that."""
        value = Value.cast(value)
        register = Signal(value.shape(), name=name, reset_less=True)
        m.d.sync += register.eq(value)
        return register

    def later(self, m: Module, value: Value, cycles: int, name: str) -> Value:
        """What the value was so many cycles ago. Reset does not change that."""
        return [value, *self.history(m, value, cycles, name)][-1]

    def history(self, m: Module, value: Value, cycles: int, name: str) -> list[Signal]:
        """What the value was 1, 2, ... ``cycles`` cycles ago."""
        found: list[Signal] = []
        for cycle in range(cycles):
            found.append(self.before(m, found[-1] if found else value, f"{name}_{cycle}"))
        return found

    @property
    def traces(self) -> int:
        """Cycles from reset within which all that is to be reached, and planted errors, show."""
        return self.method.traces

    def _port(self, kind: str, what: str, known: Mapping[str, Signal], condition: Value) -> Signal:
        assert what not in known, what
        port = Signal(name=f"{kind}_{len(known)}")
        self._module.d.comb += port.eq(Value.cast(condition).any())
        return port

    @property
    def ports(self) -> list[Signal]:
        """The top module's ports, once it is elaborated."""
        return [
            *self.inputs, self.assumed, self.holds, self.seen,
            *self.claims.values(), *self.reached.values(),
        ]

    def elaborate(self, platform):
        for known in (self.inputs, self.assumptions, self.claims, self.reached):
            known.clear()  # a property may be elaborated more than once
        m = self._module = Module()
        self.build(m, platform)
        m.d.comb += [
            self.assumed.eq(Cat(self.assumptions).all()),
            self.holds.eq(Cat(self.claims.values()).all()),
        ]
        seen = [Signal(name=f"seen_{i}", reset_less=True) for i in range(len(self.reached))]
        for register, now in zip(seen, self.reached.values(), strict=True):
            m.d.sync += register.eq(register | now)
        m.d.comb += self.seen.eq((Cat(seen) | Cat(self.reached.values())).all())
        return m
