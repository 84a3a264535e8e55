"""Options that several commands share."""

import argparse
from dataclasses import fields

from convolith.model.config import ArrayConfig

__all__ = ["add_array_options", "array_config", "axes"]

HELP = {
    "rows": "R: output pixels at a time, one per row of the array",
    "cols": "C: output channels at a time, one per column",
    "dot": "D: products that a PE adds up per cycle",
    "lanes": "V: channels in an activation word, a multiple of D (default: R * D)",
    "act_bits": "width of the signed activations, 2 to 16",
    "weight_bits": "width of the signed weights, 2 to 16",
    "acc_bits": "width of the accumulators, 8 to 48",
    "addr_bits": "width of the memory addresses, 4 to 32",
    "size_bits": "width of the shape registers, 4 to 24",
    "act_words": "depth of the activation memory",
    "weight_words": "depth of the weight memory",
}


def add_array_options(parser: argparse.ArgumentParser) -> None:
    """--rows and all the other parameters of `ArrayConfig`, with its defaults."""
    group = parser.add_argument_group("array")
    for field in fields(ArrayConfig):
        text = HELP[field.name]
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
