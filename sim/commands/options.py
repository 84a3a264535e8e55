"""Options that several commands share."""

import argparse
from collections.abc import Callable, Collection
from dataclasses import fields
from pathlib import Path
from typing import Any

from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import PARAMETERS
from convolith.sim.report.files import STANDARD_OUTPUT

__all__ = [
    "add_array_options",
    "add_simulator_option",
    "array_config",
    "array_parameters",
    "axes",
    "file_path",
    "folder",
    "integers",
    "listed",
    "number",
    "padding",
]


def add_array_options(parser: argparse.ArgumentParser, without: tuple[str, ...] = ()) -> None:
    """Adds --rows and all other parameters of `ArrayConfig`, with its defaults."""
    group = parser.add_argument_group("array")
    for field in fields(ArrayConfig):
        if field.name in without:
            continue
        text = PARAMETERS[field.name]
        if "default" not in text:
            text += f" (default: {field.default})"
        option = f"--{field.name.replace('_', '-')}"
        # What is not given stays None: some defaults depend on the layer.
        if isinstance(field.default, bool):
            group.add_argument(option, action=argparse.BooleanOptionalAction, help=text)
        elif isinstance(field.default, str):
            group.add_argument(option, metavar="NAME", help=text)
        else:
            group.add_argument(option, type=int, metavar="N", help=text)


def add_simulator_option(parser) -> None:
    """Adds --sim."""
    parser.add_argument(
        "--sim",
        default="auto",
        metavar="NAME",
        help="verilator (fast), amaranth (needs nothing else), or auto: the first if it can be "
        "built here (default)",
    )


def array_config(args: argparse.Namespace) -> ArrayConfig:
    """The configuration that the options describe."""
    return ArrayConfig(**array_parameters(args))


def array_parameters(args: argparse.Namespace) -> dict[str, Any]:
    """The configuration's parameters that are given as options."""
    values = {field.name: getattr(args, field.name, None) for field in fields(ArrayConfig)}
    return {name: value for name, value in values.items() if isinstance(value, int | str)}


def folder(text: str) -> Path:
    """An option's type: a folder, which may not be there yet."""
    if text in ("", str(STANDARD_OUTPUT)):
        raise argparse.ArgumentTypeError(f"must be a folder, not {text!r}")
    return Path(text)


def file_path(text: str) -> Path:
    """An option's type: a file's name, which must not be empty."""
    if not text:
        raise argparse.ArgumentTypeError("must be a file's name, not ''")
    return Path(text)


def integers(text: str) -> list[int]:
    """An option's type: one integer or more, ``4,8,16``."""
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be integers such as 4,8,16, not {text!r}"
        ) from None


def add_layer_options(group) -> None:
    """Adds the options for a network's layers, the batch and the random numbers."""
    group.add_argument("--layers", metavar="A,B", help="only these (default: all)")
    group.add_argument("--batch", type=number(1), default=1, metavar="N",
                       help="images at a time (default: 1)")
    group.add_argument("--seed", type=number(0), default=0, metavar="S",
                       help="of the random numbers (default: 0)")


def number(low: int) -> Callable[[str], int]:
    """An option's type: an integer from ``low``."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if value < low:
            raise argparse.ArgumentTypeError(f"must be an integer from {low}, not {text!r}")
        return value

    return parse


def axes(text: str) -> list[int]:
    """An option's type: one number, or one per axis (height, width): ``2`` or ``2,1``."""
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be a number, or one per axis such as 2,1, not {text!r}"
        ) from None


def padding(text: str) -> list[int] | str:
    """An option's type: as `axes`, or two numbers per axis, ``same`` or ``valid``."""
    return text if text in ("same", "valid") else axes(text)


def listed(what: str, text: str, known: Collection[str]) -> list[str]:
    """The names in a text such as ``plain,packed``, each once; ``what`` is for the message.

    Raises
    ------
    ValueError
        For a name that is not known.
    """
    names = list(dict.fromkeys(text.split(",")))
    for name in names:
        if name not in known:
            raise ValueError(f"{what} must be one of {', '.join(known)}, not {name!r}")
    return names
