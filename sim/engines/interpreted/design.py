"""The elaborated design in a form that costs Amaranth's simulator less. It does the same."""

from collections.abc import Iterator
from typing import Any

from amaranth.hdl import Elaboratable, Fragment, Signal, Value

# Amaranth has no public way to look into expressions. Its version is below 0.6 (pyproject.toml).
from amaranth.hdl._ast import Concat, Operator, Slice
from amaranth.hdl._xfrm import FragmentTransformer, StatementTransformer, ValueTransformer
from amaranth.sim import Simulator

from convolith.sim.engines.interpreted.platform import Platform

__all__ = ["direct", "engine", "gather_registers"]


def engine(top: Elaboratable, platform: Platform, *, scopes: bool = False) -> Simulator:
    """Amaranth's simulator of a design, which is elaborated for ``platform``.

    ``scopes``: each register stays in its block, as waveforms show it.
    """
    design = Fragment.get(top, platform)
    if not scopes:
        gather_registers(design)
    simulator = Simulator(direct(design))
    for writer in platform.writers:
        simulator.add_process(writer)
    return simulator


def gather_registers(design: Fragment) -> None:
    """Moves what happens at a clock edge into the top of the design.

    The simulator makes a process of it for each part of the design, and looks at each of them
    several times in each cycle. A waveform would not show the registers of a part that is moved.
    """
    for part in _below(design):
        for domain in [name for name in part.statements if name != "comb"]:
            design.add_statements(domain, part.statements.pop(domain))


def _below(fragment: Fragment) -> Iterator[Fragment]:
    for part, _name, _place in fragment.subfragments:
        yield part
        yield from _below(part)


def direct(design: Fragment) -> Fragment:
    """The design with each slice of a concatenation replaced by the parts that are meant.

    Fields of structures are such slices. The simulator would put the whole structure together for
    each of its fields, read or written.
    """
    found: Fragment = _Direct()(design)
    return found


class _Direct(FragmentTransformer, ValueTransformer, StatementTransformer):
    def __init__(self) -> None:
        self.known: dict[int, tuple[Any, Any]] = {}  # a value, so that it stays, and the new one

    def __call__(self, part: Any) -> Any:
        return self.on_fragment(part) if isinstance(part, Fragment) else self.on_value(part)

    def on_value(self, value: Any) -> Any:
        if type(value) is Signal:
            return value
        if id(value) not in self.known:
            self.known[id(value)] = value, super().on_value(value)
        return self.known[id(value)][1]

    def on_Slice(self, value: Any) -> Value:
        return _sliced(self.on_value(value.value), value.start, value.stop)


def _sliced(value: Any, start: int, stop: int) -> Value:
    """Bits of a value, from ``start`` up to ``stop``, unsigned."""
    while True:
        if start == 0 and stop == len(value):
            return Operator("u", [value]) if value.shape().signed else value
        if type(value) is Slice:
            value, start, stop = value.value, value.start + start, value.start + stop
        elif type(value) is Operator and value.operator in ("u", "s"):
            (value,) = value.operands
        elif type(value) is Concat:
            return _joined(value.parts, start, stop)
        else:
            return Slice(value, start, stop)


def _joined(parts: Any, start: int, stop: int) -> Value:
    """Bits of a concatenation."""
    found, at = [], 0
    for part in parts:
        first, last = max(start, at), min(stop, at + len(part))
        if first < last:
            found.append(_sliced(part, first - at, last - at))
        at += len(part)
    return found[0] if len(found) == 1 else Concat(found)
