"""What a dataflow may do otherwise than the plain loop nest, block by block."""

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
    """Leaves every block as the plain loop nest has it.

    A dataflow derives from this class, and gives the methods in which it differs. Each block asks
    all dataflows of the array, one after the other: a method takes what the dataflows before it
    have made, and returns what it makes of that. In layers of another dataflow it must return what
    it was given, so what it makes depends on the register that selects it.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    """

    slot_fields: tuple[str, ...] = ()
    """Fields that it adds to a slot, of one bit each."""

    pixel_fields: tuple[str, ...] = ()
    """Fields that it adds to a pixel, of one bit each."""

    row_fields: tuple[str, ...] = ()
    """Of these, the ones that go to the array's rows together with each word."""

    def __init__(self, config: ArrayConfig, layer):
        self.config, self.layer = config, layer
        self.banks: list = []  # which bank each row takes its weights from, if there are two

    # The loop nest.

    def loop_counts(self, counts: dict[str, Value]) -> dict[str, Value]:
        """Rounds of each loop, less two."""
        return counts

    def before_last_slot(self, slot: int | Value) -> int | Value:
        """The slot before a step's last one."""
        return slot

    def slot(self, m: Module, nest: LoopNest, slot: Decoded) -> Decoded:
        """What a slot is to the blocks that serve it."""
        return slot

    # Activations.

    def hold(self, moves: Value) -> Value:
        """Whether the walker's address goes on."""
        return moves

    def repeat(self, advance: Value) -> Value:
        """Whether the walker's counters go on to the next pixel."""
        return advance

    def walk(self, m: Module, walk: Walk) -> Walk:
        """What the walker does in a cycle."""
        return walk

    def offset_steps(self, steps: dict, slot) -> dict:
        """What each loop adds to the offset of a step (`hw.fetch.act_address.OffsetStep`)."""
        return steps

    def word(self, m: Module, word: Value, *, start: Value, slot) -> Value:
        """The word as the rows take it, in the cycle before it is on the bus."""
        return word

    def captures(self, capture: Value) -> Value:
        """Whether a word on the bus is for row 0."""
        return capture

    def tags(self, m: Module, flags) -> Value:
        """What goes down the rows together with ``last``, from the flags of row 0's pixel."""
        return C(0, 0)

    # Rows of the array.

    def operands(self, operands: list) -> list:
        """Per row its D activations, or a list of them for its columns."""
        return operands

    def feed(
        self, m: Module, platform, bus, captures: list[Value], rest: list[Value],
        second: dict[int, Value],
    ) -> dict[int, Value]:
        """What else rows take from the bus.

        ``captures``: the bus has the row's word. ``rest``: what the row has left of its word.
        ``second``: rows that take their weights from the second bank, and when; those of this
        dataflow are returned.
        """
        return {}

    def line_starts(self) -> list[int]:
        """Rows that begin a line: they may be later behind the row before than others."""
        return []

    def next_line(self, m: Module, line: int, down):
        """What goes down the rows, as the next line takes it."""
        return down

    def row_weights(
        self, m: Module, platform, r: int, weights: Value
    ) -> tuple[Value, Value | None]:
        """A row's weights, and those for the next row if they are not the PEs' own registers."""
        return weights, None

    def outputs(self, valid: list, final: list, tags: list[Value]) -> tuple[list, list]:
        """Per row whether it has an output, and whether that is the layer's last."""
        return valid, final

    late_registers = False
    """Rows of the array use the registers, which must stay until the last one is through."""

    # Weights.

    weight_fields: tuple[str, ...] = ()
    """Fields of a slot that the weights' reader needs besides the plain ones."""

    def weight_slot(self, slot: WeightSlot) -> WeightSlot:
        """Which weight words a slot consumes."""
        return slot

    def weight_reads(
        self, m: Module, start: Value, consumed: WeightSlot, reads: list[tuple[Value, Value]]
    ) -> list[tuple[Value, Value]]:
        """Per bank whether a word is read, and whether its oc_tile ends with this tile."""
        return reads

    def weight_word(self, word: Value, consumed: Value) -> Value:
        """The weights as the array takes them; ``consumed``: a slot wants them."""
        return word

    # Sums.

    def completion(self, m: Module, row: Completion) -> Completion:
        """What a row of sums is when it completes."""
        return row

    def pass_row(self, m: Module, start: Value, completion: Completion, row: PassRow) -> PassRow:
        """Where passes end among the rows that complete."""
        return row

    def totals(
        self, m: Module, platform, totals: list[Value], sums: list[Value], added: list[Value],
        before: list[Value], second: Value,
    ) -> list[Value]:
        """Per column the sum with what is added to it; ``before``: of the row that left before."""
        return totals

    def row_starts(self, m: Module, starts):
        """What begins with a row as it leaves (`hw.layouts.rows.starts_layout`)."""
        return starts

    def pass_words(self, words: int | Value) -> int | Value:
        """Bias words of a pass."""
        return words

    def bias_word(self, word: Value, in_tile: Value) -> Value:
        """The bias word of a row of the tile, from the pass's first one."""
        return word

    def group_start(self, start: Value, in_tile: Value) -> Value:
        """The row begins the outputs of another lane group."""
        return start

    def moves(self, moves: Value, starts) -> Value:
        """The row's results are stored elsewhere than behind those of the row before."""
        return moves

    # Results in the activation memory.

    def store_tile(self, m: Module, start: Value, tile: StoreTile) -> StoreTile:
        """Where the next tile's results go."""
        return tile

    def store_loops(
        self, m: Module, loops: dict[str, tuple[Value, ...]], tiles, begin: Value
    ) -> dict[str, tuple[Value, ...]]:
        """A tile's loops over its results, the innermost first.

        Of each its rounds less two: of the next tile and of this one, or for both.
        """
        return loops

    def store_address(self, known, choice: StoreChoice) -> StoreChoice:
        """What a pixel's address is made of; ``known(name, *loops)``: one of the loops goes on."""
        return choice

    # Waveforms.

    def observed(self, counters, slot, loops: dict[str, Value]) -> dict[str, Value]:
        """The loop variables, for the observer."""
        return loops
