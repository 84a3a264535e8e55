"""The exact cycle model: what a layer takes in the RTL, not one cycle more and not one less.

    cycles = tiles * steps * S + fill

``cycles`` counts from the clock edge that accepts the layer to the edge that transfers its last row
of sums, output always ready, loading excluded. ``fill`` is what the pipeline is long, and depends
on the layer only by the row in which its last pixel lies. docs/cycles.md derives it.
"""

from convolith.model.dataflow.dataflow import Dataflow
from convolith.model.options.config import ArrayConfig

__all__ = [
    "ACT_ADDRESS",
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

START_LATENCY = 3
"""Cycles between the edge that accepts a layer and its first slot."""

ACT_ADDRESS = 4
"""From a slot's cycle to the cycle in which the activation address of its row is at the port."""

MEMORY_LATENCY = 3
"""From an address at a read port to its data: a memory with registers at its input and output."""

OPERANDS = ACT_ADDRESS + MEMORY_LATENCY + 2
"""From a slot's cycle to the cycle in which its row's operands enter the array: after the address
and the memory, one register in which padding is put in, and the row's own word register."""

FIFO_LATENCY = 3
"""From a row of sums at the output FIFO's input to its output."""

DRAIN_RADIX = 4
"""Words that a level of the drain bus joins, after a first level that joins two rows."""


def drain_levels(rows: int) -> int:
    """Register levels of the drain bus over R rows."""
    levels, words = 1, -(-rows // 2)
    while words > 1:
        levels, words = levels + 1, -(-words // DRAIN_RADIX)
    return levels


def array_latency(config: ArrayConfig) -> int:
    """From operands at row 0 to the cycle in which its sums include them.

    Registers: operands, products, one on the way from the multipliers to the sums, the adder tree's
    levels, the accumulator. Where multipliers are no cells of a part, that one is spared, and
    operands come a cycle later.
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

    ``R`` for each tile that can be under way between taking room and giving it back: two, and as
    many more as start while a row passes through the pipeline. Two cycles are for the way back.
    """
    latency = output_latency(config) + 2
    return config.rows * (2 + -(-(config.rows + latency) // config.least_cycles))


def fill(tiling: Dataflow) -> int:
    """Cycles of a layer beyond ``tiles * steps * S``.

    The last step's slots after its last beat do not count, and the last row of sums is the one that
    holds the layer's last pixel.
    """
    last_row = tiling.delay(tiling.last_row)
    return START_LATENCY + output_latency(tiling.config) - tiling.unused + last_row


def sum_cycle(tiling: Dataflow, tile: int, row: int) -> int:
    """The cycle in which ``row``'s sums of ``tile`` are complete, in their accumulators.

    Cycle 1 follows the edge that accepts the layer; the next tile's sums may begin one cycle later.
    """
    slots = (tile + 1) * tiling.tile_cycles - tiling.unused
    latency = OPERANDS + array_latency(tiling.config)
    return START_LATENCY + slots + latency + tiling.delay(row)


def cycles(tiling: Dataflow, *, kept: bool = False) -> int:
    """Cycles from accepting the layer to its last row of sums at the output.

    ``kept``: to the cycle in which that row goes to the memory for partial sums instead.
    """
    return tiling.tiles * tiling.tile_cycles + fill(tiling) - (FIFO_LATENCY if kept else 0)


def load_cycles(tiling: Dataflow) -> int:
    """Cycles to load the memories, a word each per cycle, at the same time."""
    return max(tiling.act_words, *tiling.weight_banks)


def utilization(tiling: Dataflow, taken: int) -> float:
    """MACs of the layer over what the multipliers could have done in ``taken`` cycles."""
    return tiling.layer.macs / (taken * tiling.config.multipliers)
