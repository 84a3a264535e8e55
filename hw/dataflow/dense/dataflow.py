"""The dense dataflow, and the methods with which other dataflows differ from it."""

from amaranth.hdl import *

from convolith.hw.fetch.walk import Walk
from convolith.hw.fetch.weight_slot import WeightSlot
from convolith.hw.output.completion import Completion, PassRow
from convolith.hw.sequencer.loopnest import LoopNest
from convolith.hw.sequencer.slot import Decoded
from convolith.hw.store.store_tile import StoreChoice, StoreTile
from convolith.model.options.config import ArrayConfig

__all__ = ["DenseDataflow"]


class DenseDataflow:
    """The plain loop nest: every method returns what it is given.

    Another dataflow derives from this class and overrides the methods in which it differs. Each
    block calls a method of all dataflows of the array, one after the other: each call takes the
    result of the one before. In layers of another dataflow a method must return what it was given.
    So its result is a choice (`Mux`) by the register that selects the dataflow.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    """

    slot_fields: tuple[str, ...] = ()
    """Fields of one bit that the dataflow adds to a slot."""

    pixel_fields: tuple[str, ...] = ()
    """Fields of one bit that the dataflow adds to a pixel."""

    row_fields: tuple[str, ...] = ()
    """Those of ``pixel_fields`` that go to the array's rows together with each word."""

    def __init__(self, config: ArrayConfig, layer):
        self.config, self.layer = config, layer
        self.banks: list = []  # for each row its bank of weights, if there are two banks

    # The loop nest.

    def loop_counts(self, counts: dict[str, Value]) -> dict[str, Value]:
        """The rounds of each loop, minus two."""
        return counts

    def before_last_slot(self, before_last: Value, slot: Value, last_phase: Value) -> Value:
        """Whether the slot is its step's last but one.

        ``last_phase``: the step is in ky's last round.
        """
        return before_last

    def slot(self, m: Module, nest: LoopNest, slot: Decoded) -> Decoded:
        """The slot, decoded for the blocks that serve it."""
        return slot

    # Activations.

    def hold(self, moves: Value) -> Value:
        """Whether the walker's address goes on to the next pixel."""
        return moves

    def repeat(self, advance: Value) -> Value:
        """Whether the walker's counters go on to the next pixel."""
        return advance

    def walk(self, m: Module, walk: Walk) -> Walk:
        """What the walker does in this cycle."""
        return walk

    def offset_steps(self, steps: dict, slot) -> dict:
        """What each loop adds to the offset of a step (`hw.fetch.act_address.OffsetStep`)."""
        return steps

    def word(self, m: Module, word: Value, *, start: Value, slot) -> Value:
        """The word that the rows take, in the cycle before it is on the bus."""
        return word

    def captures(self, capture: Value) -> Value:
        """Whether a word on the bus is for row 0."""
        return capture

    def tags(self, m: Module, flags) -> Value:
        """Flags of row 0's pixel that go down the rows together with ``last``."""
        return C(0, 0)

    # Rows of the array.

    def operands(self, operands: list) -> list:
        """For each row D activations; or, for each row, a list with D activations per column."""
        return operands

    def feed(
        self, m: Module, platform, bus, captures: list[Value], rest: list[Value],
        second: dict[int, Value],
    ) -> dict[int, Value]:
        """Adds what the rows take from the bus besides their words.

        ``captures``: for each row, the bus has its word. ``rest``: for each row, the lanes of its
        word that it has not handed out yet. ``second``: the rows that take their weights from the
        second bank, each with its condition, as the dataflows before this one have returned them.
        Returns the same for this dataflow.
        """
        return {}

    def line_starts(self) -> list[int]:
        """The rows that begin a line. They may be more than a cycle behind the row before."""
        return []

    def next_line(self, m: Module, line: int, down):
        """What goes down the rows, delayed for the next line."""
        return down

    def row_weights(
        self, m: Module, platform, r: int, weights: Value
    ) -> tuple[Value, Value | None]:
        """A row's weights, and the weights for the next row.

        The latter are None if the PEs' own registers hold them.
        """
        return weights, None

    def outputs(self, valid: list, final: list, tags: list[Value]) -> tuple[list, list]:
        """For each row whether it has an output, and whether that is the layer's last."""
        return valid, final

    late_registers = False
    """Rows of the array use the layer's registers, which must stay until the last row is done."""

    # Weights.

    weight_fields: tuple[str, ...] = ()
    """Fields of a slot that the weight reader needs besides the plain ones."""

    def weight_slot(self, slot: WeightSlot) -> WeightSlot:
        """The weight words that a slot consumes."""
        return slot

    def weight_reads(
        self, m: Module, start: Value, consumed: WeightSlot, reads: list[tuple[Value, Value]]
    ) -> list[tuple[Value, Value]]:
        """For each bank whether a word is read, and whether its oc_tile ends with this tile."""
        return reads

    def weight_word(self, m: Module, platform, word: Value, consumed: Value) -> Value:
        """The weights that the array takes; ``consumed``: a slot consumes the next cycle's word."""
        return word

    # Sums.

    def completion(self, m: Module, row: Completion) -> Completion:
        """A row of sums in the cycle in which it completes."""
        return row

    def pass_row(self, m: Module, start: Value, completion: Completion, row: PassRow) -> PassRow:
        """Where passes end among the rows that complete."""
        return row

    def totals(
        self, m: Module, platform, totals: list[Value] | None, sums: list[Value],
        added: list[Value], before: list[Value], second: Value,
    ) -> list[Value] | None:
        """For each column its sum, with what is added to it; None: that is ``added``.

        ``before``: the totals of the row that left in the cycle before. ``second``: the row is the
        second one of an output; it comes a cycle early, for a register.
        """
        return totals

    def row_starts(self, m: Module, starts):
        """What begins with the row that leaves (`hw.layouts.rows.starts_layout`)."""
        return starts

    def pass_words(self, words: int | Value) -> int | Value:
        """The number of bias words of a pass."""
        return words

    def bias_word(self, word: Value, in_tile: Value) -> Value:
        """The address of a row's bias word, from ``word``, the address of the pass's first one."""
        return word

    def group_start(self, start: Value, in_tile: Value) -> Value:
        """Whether the row begins the outputs of another lane group."""
        return start

    def moves(self, moves: Value, starts) -> Value:
        """Whether the row's results do not follow those of the row before in the memory."""
        return moves

    # Results in the activation memory.

    def store_tile(self, m: Module, start: Value, tile: StoreTile) -> StoreTile:
        """Where the next tile's results go."""
        return tile

    def store_loops(
        self, m: Module, loops: dict[str, tuple[Value, ...]], tiles, begin: Value
    ) -> dict[str, tuple[Value, ...]]:
        """A tile's loops over its results, the innermost first.

        Each has its rounds minus two: a pair for the next tile and for this one, or a single value
        if all tiles have the same.
        """
        return loops

    def store_address(self, known, choice: StoreChoice) -> StoreChoice:
        """The terms of a pixel's address.

        ``known(name, *loops)`` makes a signal of that name: one of the loops goes on.
        """
        return choice

    # Waveforms.

    def observed(self, counters, slot, loops: dict[str, Value]) -> dict[str, Value]:
        """The loop variables that the observer shows."""
        return loops
