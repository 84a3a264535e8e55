"""All properties of the hardware."""

from collections.abc import Mapping

from convolith.hw.array.properties.drain import DrainProperty
from convolith.hw.array.properties.feeder import FeederProperty
from convolith.hw.array.properties.mesh import MeshProperty
from convolith.hw.array.properties.pe import PEProperty
from convolith.hw.cells.properties.delays import Delays
from convolith.hw.output.properties.room import Room
from convolith.hw.properties.property import Property
from convolith.hw.sequencer.properties.countdown import CountdownProperty
from convolith.hw.sequencer.properties.layer_port import LayerPortProperty
from convolith.hw.sequencer.properties.loops import Loops
from convolith.hw.sequencer.properties.rows_in_flight import RowsInFlightProperty

__all__ = ["PROPERTIES"]

PROPERTIES: Mapping[str, type[Property]] = {kind.name: kind for kind in (
    Room, LayerPortProperty, CountdownProperty, Loops, RowsInFlightProperty, Delays,
    FeederProperty, PEProperty, MeshProperty, DrainProperty,
)}
"""By name."""
