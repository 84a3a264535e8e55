"""Packed tiles and rows in pairs: a second bank of weights."""

from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Field, Memory, Unit

__all__ = ["PackedTilesUnit", "RowPairsUnit"]


class PackedTilesUnit(Unit):
    """Idle rows at the end of a tile start the next output-channel tile."""

    parameters = {
        "pack_edges": "packed tiles (idle rows at the end of a tile start the next output-channel "
        "tile) and row pairs (two rows share an output); needs two banks of weights",
    }

    idle_rows = "start the next output-channel tile"

    def is_in(self, config: ArrayConfig) -> bool:
        return config.pack_edges

    def registers(self, config: ArrayConfig) -> tuple[Field, ...]:
        pixels = config.tile_bits + config.rows.bit_length() + 1
        return (
            Field(name="packed_tiles", bits=1,
                  meaning="1: a layer with packed tiles; px_count then counts the tiles of all "
                  "passes"),
            Field(name="beyond", bits=pixels, signed=True,
                  meaning="output pixels - R, for packed tiles"),
            Field(name="pixel_count", bits=pixels, signed=True,
                  meaning="output pixels - 2, for packed tiles"),
            Field(name="last_crosses", bits=1,
                  meaning="1: the last tile has rows of two output-channel tiles"),
        )

    def memories(self, config: ArrayConfig) -> tuple[Memory, ...]:
        return (
            Memory(name="weight_odd", bits=config.weight_bits, count=config.cols * config.dot,
                   depth=config.weight_words, bank_of="weight",
                   meaning=f"{config.dot} weights for each of {config.cols} columns, column 0 "
                   "lowest: of odd output-channel tiles, or of the second rows of pairs"),
        )


class RowPairsUnit(Unit):
    """Two rows share an output. The adder behind the drain adds up their sums."""

    idle_rows = "share outputs in pairs"

    def is_in(self, config: ArrayConfig) -> bool:
        return config.can_pair

    def registers(self, config: ArrayConfig) -> tuple[Field, ...]:
        return (
            Field(name="row_pairs", bits=1,
                  meaning="1: two rows share an output; px_count then counts tiles of R / 2 "
                  "pixels, ic_count the words of one row; delta_oy, _ox and _n begin at the second "
                  "row's address"),
            Field(name="delta_pair", bits=config.addr_bits, wraps=True,
                  meaning="what is added to the address of a pair's first row for its second one"),
        )
