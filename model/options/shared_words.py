"""Words that all rows share, for depthwise layers."""

from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Field, Unit

__all__ = ["MOST_HOP", "SharedWordsUnit"]

MOST_HOP = 15
"""Cycles by which the weight chain can wait at the end of a patch's line."""


class SharedWordsUnit(Unit):
    """A multiplexer per PE: each column takes a lane of its own from a word on the bus."""

    parameters = {"depthwise": "depthwise layers share words"}

    row_order = "with depthwise: (word, m, part, n, patch_x, patch_y, lane group, i, j)"

    def is_in(self, config: ArrayConfig) -> bool:
        return config.shares_words

    def registers(self, config: ArrayConfig) -> tuple[Field, ...]:
        slot, size, rows = config.slot_bits, config.size_bits, config.rows
        return (
            Field(name="depthwise", bits=1,
                  meaning="1: a depthwise layer that shares words. Its ky, kx, ic, px, oc, g count "
                  "phases along y, lines, phases along x, patches, passes of a word, words; oy, ox "
                  "patches"),
            Field(name="columns", bits=slot, wraps=True, meaning="cycles of a step - 2"),
            Field(name="taps_y", bits=slot,
                  meaning="cycles of a step in which weights are consumed"),
            Field(name="taps_x", bits=slot,
                  meaning="of the lines of a phase, those in which weights are consumed"),
            Field(name="slot_y", bits=size,
                  meaning="what is added to y from cycle to cycle within a step"),
            Field(name="delta_slot", bits=config.addr_bits, wraps=True,
                  meaning="... to a step's offset"),
            Field(name="back_x", bits=size, wraps=True,
                  meaning="... to x when ic_block goes on"),
            Field(name="parts", bits=(max(2, config.lanes) - 1).bit_length(),
                  meaning="parts of a word that are computed one after the other, - 1"),
            Field(name="hop", bits=MOST_HOP.bit_length(),
                  meaning="cycles that weights wait at the end of a patch's line"),
            Field(name="edge_x", bits=rows,
                  meaning="per row: it has an output in patches that are the last along x"),
            Field(name="edge_y", bits=rows, meaning="... along y"),
            Field(name="last_row", bits=(max(2, rows) - 1).bit_length(),
                  meaning="the row of the layer's last output"),
        )
