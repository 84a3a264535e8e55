"""The exact cycle model: the cycles of a layer in the RTL, not one more and not one less.

    cycles = tiles * steps * S + fill

``cycles`` counts from the clock edge that accepts the layer to the edge that transfers its last row
of sums, if the output is always ready. Loading is not counted. ``fill`` is the length of the
pipeline. It depends on the layer only through the row of the last pixel. docs/cycles.md derives it.
"""

from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.options.config import ArrayConfig

__all__ = [
    "ACT_ADDRESS",
    "BOUNDS_CHECK",
    "FIFO_LATENCY",
    "MEMORY_LATENCY",
    "OPERANDS",
    "START_LATENCY",
    "array_latency",
    "cycles",
    "drain_levels",
    "exit_latency",
    "fill",
    "load_cycles",
    "output_latency",
    "output_rows",
    "sum_cycle",
    "utilization",
]

START_LATENCY = 2
"""Cycles between the edge that accepts a layer and its first slot."""

ACT_ADDRESS = 4
"""From a slot's cycle to the cycle in which the activation address of its row is at the port."""

BOUNDS_CHECK = ACT_ADDRESS - 3
"""From a slot's cycle to the last one in which the layer's registers must be in use for its bounds
check. The check is a cycle before the address, and the port has new registers three cycles after
their last use."""

MEMORY_LATENCY = 3
"""From an address at a read port to its data: a memory with registers at its input and output."""

OPERANDS = ACT_ADDRESS + MEMORY_LATENCY + 2
"""From a slot's cycle to the cycle in which its row's operands enter the array. After the address
and the memory come two registers: one takes the word or its padding, and one is the row's own."""

FIFO_LATENCY = 3
"""From a row of sums at the output FIFO's input to the same row at its output."""

DRAIN_ROWS, DRAIN_RADIX = 8, 4
"""The first level of the drain bus joins so many rows, and each further level so many words."""


def drain_levels(rows: int) -> int:
    """Register levels of the drain bus over R rows."""
    levels, words = 1, -(-rows // DRAIN_ROWS)
    while words > 1:
        levels, words = levels + 1, -(-words // DRAIN_RADIX)
    return levels


def array_latency(config: ArrayConfig) -> int:
    """From operands at row 0 to the cycle in which its sums include them.

    One cycle for each register: operands, products, the way from the multipliers to the sums, each
    level of the adder tree, the accumulator. If the multipliers are not a part's own cells, there
    is no register for the way, and operands come a cycle later instead.
    """
    return 4 + config.tree_levels


def output_latency(config: ArrayConfig) -> int:
    """From a tile's last slot to the cycle in which row 0's sums are at the output."""
    return OPERANDS + array_latency(config) + exit_latency(config) + FIFO_LATENCY


def exit_latency(config: ArrayConfig) -> int:
    """From complete sums to the output FIFO's input: the drain bus, and a register of the adder."""
    return drain_levels(config.rows) + config.adds


def output_rows(config: ArrayConfig) -> int:
    """Rows of sums that the output FIFO must hold so that waiting for room costs no cycle.

    A tile holds its room of R rows from its start until its rows have left the FIFO. So there must
    be room for two tiles, and for as many more as start while a row passes through the pipeline.
    Two more cycles pass before room that is given back counts.
    """
    latency = output_latency(config) + 2
    return config.rows * (2 + -(-(config.rows + latency) // config.least_cycles))


def fill(tiling: Dataflow) -> int:
    """Cycles of a layer beyond ``tiles * steps * S``.

    The last step's slots after its last beat do not count. The last row of sums belongs to the
    layer's last pixel.
    """
    last_row = tiling.delay(tiling.last_row)
    return START_LATENCY + output_latency(tiling.config) - tiling.unused + last_row


def sum_cycle(tiling: Dataflow, tile: int, row: int) -> int:
    """The cycle in which the sums of ``row`` in ``tile`` are complete in their accumulators.

    Cycle 1 follows the edge that accepts the layer. The row's next sums may begin one cycle later.
    """
    slots = (tile + 1) * tiling.tile_cycles - tiling.unused
    latency = OPERANDS + array_latency(tiling.config)
    return START_LATENCY + slots + latency + tiling.delay(row)


def cycles(tiling: Dataflow, *, kept: bool = False) -> int:
    """Cycles from accepting the layer to its last row of sums at the output.

    ``kept``: the row goes to the memory for partial sums instead, and cycles count up to that.
    """
    return tiling.tiles * tiling.tile_cycles + fill(tiling) - (FIFO_LATENCY if kept else 0)


def load_cycles(tiling: Dataflow) -> int:
    """Cycles to load the memories: all at the same time, and each with a word per cycle."""
    return max(tiling.act_words, *tiling.weight_banks)


def utilization(tiling: Dataflow, taken: int) -> float:
    """MACs of the layer over the MACs that the multipliers could do in ``taken`` cycles."""
    return tiling.layer.macs / (taken * tiling.config.multipliers)
