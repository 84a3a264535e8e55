"""Puts an error into a block for a while."""

import importlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType, ModuleType

from convolith.hw.properties.planted import Planted

__all__ = ["planted_in"]


@contextmanager
def planted_in(planted: Planted) -> Iterator[None]:
    """Within this context, the block's functions are those of the changed source.

    Other modules have imported the block's class. So the class stays, and the code of its methods
    is exchanged.

    Raises
    ------
    ValueError
        If the text that is to be changed is not there exactly once, or changes no function.
    """
    module = importlib.import_module(f"convolith.{planted.block}")
    source = Path(inspect.getfile(module)).read_text()
    if (count := source.count(planted.old)) != 1:
        raise ValueError(f"{planted.old!r} must be once in {planted.block}, not {count} times")
    changed = ModuleType(module.__name__)
    changed.__file__ = module.__file__
    code = compile(source.replace(planted.old, planted.new), str(module.__file__), "exec")
    exec(code, changed.__dict__)
    before = {}
    try:
        for function, other in _pairs(module, changed):
            if function.__code__ != other.__code__:
                before[function] = function.__code__
                function.__code__ = other.__code__
        if not before:
            raise ValueError(f"{planted.old!r} must be in a function of {planted.block}")
        yield
    finally:
        for function, own in before.items():
            function.__code__ = own


def _pairs(module: ModuleType, changed: ModuleType) -> Iterator[tuple[FunctionType, FunctionType]]:
    """The functions and methods of a module, each with that of the changed one."""
    for name, value in vars(module).items():
        other = getattr(changed, name, None)
        if getattr(value, "__module__", None) != module.__name__:
            continue
        if isinstance(value, FunctionType) and isinstance(other, FunctionType):
            yield value, other
        elif isinstance(value, type):
            for key, method in vars(value).items():
                twin = vars(other).get(key)
                if isinstance(method, property) and isinstance(twin, property):
                    method, twin = method.fget, twin.fget
                if isinstance(method, FunctionType) and isinstance(twin, FunctionType):
                    yield method, twin
