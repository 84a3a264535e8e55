"""All properties of the hardware."""

from collections.abc import Mapping

from convolith.hw.array.properties.drain import DrainProperty
from convolith.hw.array.properties.feeder import FeederProperty
from convolith.hw.array.properties.mesh import MeshProperty
from convolith.hw.array.properties.pe import PEProperty
from convolith.hw.cells.properties.delays import Delays
from convolith.hw.dataflow.properties.line_delay import LineDelay
from convolith.hw.dataflow.properties.slots import Slots
from convolith.hw.fetch.properties.pixel_table import PixelTableProperty
from convolith.hw.fetch.properties.pixel_walk import PixelWalk
from convolith.hw.fetch.properties.tap_address import TapAddress
from convolith.hw.fetch.properties.weight_words import WeightWords
from convolith.hw.output.properties.bias_words import BiasWords
from convolith.hw.output.properties.kept_sums import KeptSums
from convolith.hw.output.properties.room import Room
from convolith.hw.properties.property import Property
from convolith.hw.properties.registers_stay import RegistersStay
from convolith.hw.requantize.properties.float_scale import FloatScaleProperty
from convolith.hw.requantize.properties.integer_scale import IntegerScaleProperty
from convolith.hw.requantize.properties.lane import LaneProperty
from convolith.hw.requantize.properties.normalize import NormalizeProperty
from convolith.hw.requantize.properties.parameter_words import ParameterWords
from convolith.hw.requantize.properties.product import ProductProperty
from convolith.hw.requantize.properties.round_sum import RoundSumProperty
from convolith.hw.requantize.properties.streams import Streams
from convolith.hw.sequencer.properties.countdown import CountdownProperty
from convolith.hw.sequencer.properties.layer_port import LayerPortProperty
from convolith.hw.sequencer.properties.loops import Loops
from convolith.hw.sequencer.properties.rows_in_flight import RowsInFlightProperty
from convolith.hw.store.properties.stored_words import StoredWords

__all__ = ["PROPERTIES"]

PROPERTIES: Mapping[str, type[Property]] = {kind.name: kind for kind in (
    Room, RegistersStay, LayerPortProperty, CountdownProperty, Loops, Slots, LineDelay,
    RowsInFlightProperty,
    PixelWalk, PixelTableProperty, TapAddress, WeightWords, BiasWords, KeptSums,
    Delays, FeederProperty, PEProperty, MeshProperty, DrainProperty,
    ProductProperty, NormalizeProperty, RoundSumProperty, FloatScaleProperty, IntegerScaleProperty,
    LaneProperty, ParameterWords, Streams, StoredWords,
)}
"""By name."""
