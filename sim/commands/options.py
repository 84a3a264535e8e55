"""Options that several commands share."""

import argparse
from dataclasses import fields

from convolith.model.config import MEANINGS, ArrayConfig

__all__ = ["add_array_options", "array_config", "axes"]

def add_array_options(parser: argparse.ArgumentParser) -> None:
    """--rows and all the other parameters of `ArrayConfig`, with its defaults."""
    group = parser.add_argument_group("array")
    for field in fields(ArrayConfig):
        text = MEANINGS[field.name]
        if "default" not in text:
            text += f" (default: {field.default})"
        option = f"--{field.name.replace('_', '-')}"
        group.add_argument(option, type=int, default=field.default, metavar="N", help=text)


def array_config(args: argparse.Namespace) -> ArrayConfig:
    """The configuration that the options describe."""
    return ArrayConfig(**{field.name: getattr(args, field.name) for field in fields(ArrayConfig)})


def axes(text: str) -> list[int]:
    """One number, or one per axis: ``2`` or ``2,1``."""
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be a number, or one per axis such as 2,1, not {text!r}"
        ) from None
