"""Shared words: all rows take each activation word, in depthwise layers."""

from collections.abc import Mapping

from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Field, Unit

__all__ = ["LEAST_LINE_DELAY", "SharedWordsUnit", "most_line_delay"]

LEAST_LINE_DELAY = 15
"""Cycles by which every array can delay weights at the end of a patch's line."""


def most_line_delay(config: ArrayConfig) -> int:
    """Cycles by which an array can delay them, at most.

    As many as a 3x3 kernel with stride 2 needs: two lines of 2 * PY + 1 words, without the PY
    cycles that the line's rows take. The delay is a memory of 2**n words.
    """
    lines, outputs = config.patch
    needed = 2 * (2 * outputs + 1) - outputs if lines > 1 else 0
    return max(LEAST_LINE_DELAY, (1 << needed.bit_length()) - 1)


class SharedWordsUnit(Unit):
    """Each column takes a lane of its own from the word on the bus: a multiplexer per PE."""

    parameters = {"depthwise": "shared words: the rows of depthwise layers share activation words"}

    row_order = "with shared words: (word, m, part, n, patch_x, patch_y, lane group, i, j)"

    def is_in(self, config: ArrayConfig) -> bool:
        return config.shares_words

    def registers(self, config: ArrayConfig) -> tuple[Field, ...]:
        slot, size, rows = config.slot_bits, config.size_bits, config.rows
        return (
            Field(name="shared_words", bits=1,
                  meaning="1: a layer with shared words. Its ky, kx, ic, px, oc, g count phases "
                  "along y, lines, phases along x, patches, passes of a word, words; its oy, ox "
                  "count patches"),
            Field(name="columns", bits=slot, wraps=True, meaning="cycles of a step - 2"),
            Field(name="last_columns", bits=slot, wraps=True,
                  meaning="cycles of a step in the last round of ky - 2"),
            Field(name="taps_y", bits=slot,
                  meaning="cycles of a step in which weights are consumed"),
            Field(name="taps_x", bits=slot,
                  meaning="lines of a phase in which weights are consumed"),
            Field(name="slot_y", bits=size,
                  meaning="added to y from cycle to cycle within a step"),
            Field(name="delta_slot", bits=config.addr_bits, wraps=True,
                  meaning="added to a step's offset from cycle to cycle within a step"),
            Field(name="back_x", bits=size, wraps=True,
                  meaning="added to x when ic_block goes on"),
            Field(name="parts", bits=(max(2, config.lanes) - 1).bit_length(),
                  meaning="parts of a word that are computed one after the other, - 1"),
            Field(name="line_delay", bits=most_line_delay(config).bit_length(),
                  meaning="cycles by which weights are delayed at the end of a patch's line"),
            Field(name="edge_x", bits=rows,
                  meaning="a bit per row: it has an output in patches that are the last along x"),
            Field(name="edge_y", bits=rows,
                  meaning="a bit per row: it has an output in patches that are the last along y"),
            Field(name="last_row", bits=(max(2, rows) - 1).bit_length(),
                  meaning="the row of the layer's last output"),
        )

    def idle_registers(self, config: ArrayConfig, layer: ConvLayer) -> Mapping[str, int]:
        # The array takes the length of a step and the way back along x from registers.
        beats = config.beats_of(layer.group_IC)
        return {
            "columns": config.step_cycles(beats) - 2,
            "last_columns": config.step_cycles(beats) - 2,
            "taps_y": beats,
            "back_x": -(layer.KX - 1) * layer.dilation[0],
        }
