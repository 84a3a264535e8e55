"""A case as a file: its tensors, and JSON of all else. NumPy's ``.npz`` format."""

import json
from collections.abc import Container, Mapping
from dataclasses import asdict, fields
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from convolith.model.arrays import Array
from convolith.model.compile.bases import Bases
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.environment import Environment

__all__ = [
    "CaseError", "checked_arguments", "checked_quantized", "read_bases", "read_config",
    "read_content", "read_environment", "written_content",
]

T = TypeVar("T", ArrayConfig, Bases, Environment)

ARGUMENTS: dict[str, tuple[type, ...]] = {
    "stride": (int, list), "padding": (int, list, str), "dilation": (int, list),
    "groups": (int,), "padding_mode": (str,), "exact": (bool,), "plain": (bool,),
}
"""Of `Convolution.prepare`, and of which types they are in a file."""

MOST_NUMBER = 1 << 32


class CaseError(ValueError):
    """A file's case has a value that cannot be; the message says so in a sentence."""


def written_content(
    config: ArrayConfig, environment: Environment | None, arrays: Mapping[str, Array | None],
    **more: Any,
) -> bytes:
    """The content of a file; tensors that are None are left out."""
    text = json.dumps({
        "config": asdict(config), "environment": environment and asdict(environment), **more
    })
    found: dict[str, Any] = {name: array for name, array in arrays.items() if array is not None}
    content = BytesIO()
    np.savez_compressed(content, case=np.array(text), **found)
    return content.getvalue()


def read_content(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """The JSON and the tensors of a file.

    Raises
    ------
    OSError, ValueError, KeyError
        If it has none.
    """
    file = np.load(BytesIO(path.read_bytes()), allow_pickle=False)
    arrays = {name: file[name] for name in file.files if name != "case"}
    return json.loads(str(file["case"])), arrays


def read_config(text: dict[str, Any]) -> ArrayConfig:
    """The array in such JSON; raises what `read_bases` raises."""
    return _made(ArrayConfig, text["config"])


def read_environment(text: dict[str, Any]) -> Environment | None:
    """The environment in such JSON; older files have none. Raises what `read_bases` raises."""
    found = text.get("environment")
    return None if found is None else _made(Environment, found)


def read_bases(found: dict[str, Any]) -> Bases:
    """Places of words.

    Raises
    ------
    CaseError
        For an impossible value.
    TypeError, AttributeError, KeyError
        For what is of another form.
    """
    return _made(Bases, found)


def _made(kind: type[T], found: dict[str, Any]) -> T:
    """A dataclass with such fields."""
    if not found.keys() <= {field.name for field in fields(kind)}:
        raise KeyError(f"{kind.__name__} has no such fields")
    try:
        return kind(**found)
    except (TypeError, ValueError) as error:
        raise CaseError(str(error)) from error


def checked_arguments(found: dict[str, Any], without: Container[str] = ()) -> dict[str, Any]:
    """Arguments, if their types are right, and none is one of ``without``.

    Raises
    ------
    TypeError, KeyError
        If they are not.
    """
    for name, value in found.items():
        numbers = value if isinstance(value, list) else []
        wrong = any(type(n) is not int or abs(n) > MOST_NUMBER for n in numbers)
        wrong |= name in without
        if not isinstance(value, ARGUMENTS[name]) or wrong:
            raise TypeError(f"{name} cannot be {value}")
    return found


def checked_quantized(found: Any) -> dict[str, Any]:
    """The description of a quantized layer, if it is of the right form.

    Raises
    ------
    TypeError
        If it is not.
    """
    if not isinstance(found, dict):
        raise TypeError(f"quantized cannot be {found}")
    return found
