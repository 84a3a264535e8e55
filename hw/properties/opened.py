"""A block together with the registers inside it."""

from collections.abc import Iterator

from amaranth.hdl import *
from amaranth.hdl import Fragment

__all__ = ["Opened"]


class Opened:
    """Adds a block to a module, and gives the signals inside it by name.

    A proof by induction must say how the registers of a block hang together. They are no members
    of the block, as no other block needs them.

    Parameters
    ----------
    m : Module
    name : str
        The block's name in the module.
    block : Elaboratable
    platform
    """

    def __init__(self, m: Module, name: str, block: Elaboratable, platform):
        fragment = Fragment.get(block, platform)
        m.submodules[name] = fragment
        self.signals: dict[str, list[Signal]] = {}
        for path, signal in _signals(fragment, ""):
            known = self.signals.setdefault(path, [])
            if not any(signal is other for other in known):
                known.append(signal)

    def __getitem__(self, name: str) -> Signal:
        """The signal of that name. Those of inner blocks have names such as ``memory.word_0``.

        Raises
        ------
        KeyError
            If there is none.
        ValueError
            If there are several.
        """
        return self.only(name, 0, 1)

    def only(self, name: str, number: int, count: int) -> Signal:
        """The signal with that number, if the block has ``count`` signals of that name."""
        if name not in self.signals:
            raise KeyError(f"a signal must be one of {', '.join(self.signals)}, not {name}")
        if len(self.signals[name]) != count:
            raise ValueError(f"there are {len(self.signals[name])} signals {name}, not {count}")
        return self.signals[name][number]


def _signals(fragment: Fragment, path: str) -> Iterator[tuple[str, Signal]]:
    for statements in fragment.statements.values():
        for statement in statements:
            for signal in statement._lhs_signals():
                yield path + signal.name, signal
    for inner, name, _ in fragment.subfragments:
        yield from _signals(inner, f"{path}{name}.")
