"""What a depthwise layer's columns take from the word that all rows share."""

from amaranth.hdl import *

from convolith.hw.copies import copies
from convolith.hw.delay import delayed
from convolith.model.config import ArrayConfig

__all__ = ["column_operands", "group_buses", "part_of"]


def part_of(m: Module, config: ArrayConfig, word: Value, part: Value) -> Value:
    """The word with the lanes of a part moved to its beginning."""
    width = config.part_lanes * config.act_bits
    if config.part_lanes == config.lanes:
        return word
    parts = [word[start : start + width] for start in range(0, len(word), width)]
    chosen = Signal(width, name="chosen_lanes")
    m.d.comb += chosen.eq(Array(parts)[part])
    return Cat(chosen, word[width:])


def group_buses(m: Module, config: ArrayConfig, bus: Value) -> list[Value]:
    """Per lane group the bus from which its rows take words that are shared.

    A group's rows are ``patch`` outputs later than those of the group before, and so are its words.
    """
    buses = [bus]
    for g in range(1, config.lane_groups):
        late = delayed(m, buses[-1], config.patch[1], name=f"bus_{g}", reset_less=True)
        buses.append(late[-1])
    return buses


def column_operands(
    m: Module, platform, config: ArrayConfig, words: list[Value], shares: Value
) -> list[list[Value]]:
    """Per row and column D activations.

    In a layer that shares words, the multiplier of the row's lane group takes the column's lane,
    and the others nothing; in others all take what the row hands out.
    """
    bits, groups = config.act_bits, config.lane_groups
    chosen = copies(m, platform, shares, config.rows, name="shares")
    operands = []
    for r, (word, share) in enumerate(zip(words, chosen, strict=True)):
        group = r * groups // config.rows
        handed = Signal(config.dot * bits, name=f"handed_{r}")
        for d in range(config.dot):
            lane = word[d * bits : (d + 1) * bits]
            value = lane if d == group else Mux(share, 0, lane)
            m.d.comb += handed[d * bits : (d + 1) * bits].eq(value)
        row = []
        for c in range(config.cols):
            lane = group * config.cols + c
            lanes = [handed[d * bits : (d + 1) * bits] for d in range(config.dot)]
            if lane != group:
                own = word[lane * bits : (lane + 1) * bits] if lane < config.lanes else C(0, bits)
                lanes[group] = Mux(share, own, lanes[group])
            row.append(Cat(lanes))
        operands.append(row)
    return operands
