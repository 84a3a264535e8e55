"""All properties of the hardware."""

from collections.abc import Mapping

from convolith.hw.output.properties.room import Room
from convolith.hw.properties.property import Property

__all__ = ["PROPERTIES"]

PROPERTIES: Mapping[str, type[Property]] = {kind.name: kind for kind in (Room,)}
"""By name."""
