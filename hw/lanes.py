"""What a depthwise layer's columns take from the word that all rows share."""

from amaranth.hdl import *

from convolith.hw.delay import delayed
from convolith.model.config import ArrayConfig

__all__ = ["ColumnOperands", "group_buses", "part_of"]


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


class ColumnOperands:
    """A row's operands where columns may take lanes of their own: a register for each.

    In a layer that shares words, the multiplier of the row's lane group takes the column's lane,
    and the others nothing; in others all take what the row hands out. It is chosen in front of the
    registers: multipliers are far away.

    Parameters
    ----------
    config : ArrayConfig
    row : int

    Members
    -------
    group : int
        The row's lane group.
    operands : list of Value
        Per column D activations.
    """

    def __init__(self, config: ArrayConfig, row: int):
        self.config = config
        self.group = row * config.lane_groups // config.rows

        def register(name: str) -> Signal:
            return Signal(config.act_bits, name=f"{name}_{row}", reset_less=True)

        self.own = [register(f"own_{c}") for c in range(config.cols)]
        self.common = {
            d: register(f"common_{d}") for d in range(config.dot) if d != self.group
        }
        self.operands = [
            Cat(self.common.get(d, own) for d in range(config.dot)) for own in self.own
        ]

    def take(self, m: Module, handed: Value, word: Value, share: Value) -> None:
        """Next: the D activations ``handed`` to all or, in a layer that shares it, ``word``'s."""
        config = self.config

        def lane(value: Value, n: int) -> Value:
            return value[n * config.act_bits : (n + 1) * config.act_bits]

        for d, register in self.common.items():
            m.d.sync += register.eq(Mux(share, 0, lane(handed, d)))
        for c, register in enumerate(self.own):
            n = self.group * config.cols + c
            own = lane(word, n) if n < config.lanes else 0
            m.d.sync += register.eq(Mux(share, own, lane(handed, self.group)))
