"""The lanes that a depthwise layer's columns take from a shared word."""

from amaranth.hdl import *

from convolith.hw.cells.delay import delayed
from convolith.hw.cells.parts import parts_of
from convolith.hw.dataflow.shared.variable_delay import VariableDelay
from convolith.model.options.config import ArrayConfig
from convolith.model.options.shared_words import most_line_delay

__all__ = ["ColumnOperands", "group_buses", "part_of"]


def part_of(m: Module, config: ArrayConfig, word: Value, part: Value) -> Value:
    """The word with the lanes of a part moved to its beginning."""
    width = config.part_lanes * config.act_bits
    if config.part_lanes == config.lanes:
        return word
    chosen = Signal(width, name="chosen_lanes")
    m.d.comb += chosen.eq(Array(parts_of(word, width))[part])
    return Cat(chosen, word[width:])


def group_buses(m: Module, config: ArrayConfig, layer, bus: Value) -> list[Value]:
    """For each lane group the bus from which its rows take shared words.

    A group's rows are a patch behind those of the group before, and so are its words: one cycle for
    each output of the patch, and the line delay between two of its lines.
    """
    buses, (lines, outputs) = [bus], config.patch
    for g in range(1, config.lane_groups):
        if lines == 1:
            late = delayed(m, buses[-1], outputs, name=f"bus_{g}", reset_less=True)[-1]
        else:
            cycles = lines * outputs + (lines - 1) * layer.line_delay
            earlier = g * config.cols * config.act_bits  # lanes that only earlier groups take
            m.submodules[f"bus_{g}"] = delay = VariableDelay(
                buses[-1][earlier:], cycles, lines * outputs + (lines - 1) * most_line_delay(config)
            )
            late = Cat(C(0, earlier), delay.o)
        buses.append(late)
    return buses


class ColumnOperands:
    """A row's operand registers, where each column may take a lane of its own.

    In a layer with shared words, one multiplier of each PE works: that of the row's lane group. It
    takes the column's lane, and the other multipliers take zero. In other layers all columns take
    the D lanes that the row hands out. The choice is made before the registers, as the way from
    them to the multipliers is long. Lane groups from D on use the multipliers of the first groups,
    with weights from the second bank.

    Parameters
    ----------
    config : ArrayConfig
    row : int

    Members
    -------
    group : int
        The row's lane group.
    multiplier : int
        The multiplier that works for this group, 0 to D - 1.
    operands : list of Value
        D activations for each column.
    """

    def __init__(self, config: ArrayConfig, row: int):
        self.config = config
        self.group = row * config.lane_groups // config.rows
        self.multiplier = self.group % config.dot

        def register(name: str) -> Signal:
            return Signal(config.act_bits, name=name, reset_less=True)

        self.own = [register(f"own_{row}_{c}") for c in range(config.cols)]
        self.common = {
            d: register(f"common_{row}_{d}") for d in range(config.dot) if d != self.multiplier
        }
        self.operands = [
            Cat(self.common.get(d, own) for d in range(config.dot)) for own in self.own
        ]

    def take(self, m: Module, handed: Value, word: Value, share: Value) -> None:
        """Loads the registers.

        ``handed``: D activations for all columns. ``word``: the shared word, from which each column
        takes its lane if ``share`` is 1.
        """
        config = self.config
        lanes, word_lanes = parts_of(handed, config.act_bits), parts_of(word, config.act_bits)
        for d, register in self.common.items():
            m.d.sync += register.eq(Mux(share, 0, lanes[d]))
        first = self.group * config.cols
        for c, register in enumerate(self.own):
            own = word_lanes[first + c] if first + c < config.lanes else 0
            # In such a layer the word's beginning is handed out: column 0's own lane.
            same = first + c == 0
            handed_lane = lanes[self.multiplier]
            m.d.sync += register.eq(handed_lane if same else Mux(share, own, handed_lane))
