"""The geometry and the number formats of one array: the parameters that are free at build time."""

from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil, isqrt

from convolith.model.checks import check_int

__all__ = ["MOST_ACC_BITS", "MOST_ADDR_BITS", "POST_MODES", "PX_EXTRA_BITS", "ArrayConfig"]

MOST_ACC_BITS, MOST_ADDR_BITS = 48, 32

PX_EXTRA_BITS = 4
"""Tiles of pixels are counted in so many bits more than the addresses have: padding alone has no
words."""

POST_MODES = ("int32", "float32", "tflite")


@dataclass(frozen=True, kw_only=True)
class ArrayConfig:
    """Geometry, number formats and memory depths of a MAC array and the core around it.

    Parameters
    ----------
    rows : int, R
        Output pixels that are computed at a time, one per row.
    cols : int, C
        Output channels that are computed at a time, one per column.
    dot : int, D
        Products that a PE adds up per cycle.
    lanes : int, V
        Channels of one pixel in a word of the activation memory; a multiple of ``dot``.
        ``rows * dot`` by default, which is where one word per cycle keeps every row busy.
    act_bits, weight_bits : int
        Width of the signed operands, 2 to 16 bits each.
    acc_bits : int
        Width of the accumulators, 8 to 48 bits: every sum is exact in a float64 as well.
    addr_bits : int
        Width of both memory addresses (words), 4 to 32 bits.
    size_bits : int
        Width of the shape registers: no extent of a layer reaches ``2**size_bits``. 4 to 24 bits.
    act_words, weight_words : int
        Depths of the two memories of ``CoreWithMemories``.
    bias_words : int
        Depth of the bias memory, a word per C output channels. 0: the core adds no bias.
    sum_words : int
        Depth of the memory for partial sums, in rows of C. 0: input channels cannot be split.
    depthwise : bool
        Shared words: all rows take each word on the bus in depthwise layers, and each column a lane
        of its own. This takes a multiplexer per PE. Without it, depthwise layers run like others,
        one channel at a time.
    post_lanes : int, L
        Requantization lanes, each of which takes a sum per cycle; a divisor of ``cols``. 0: there
        are none, and sums leave as they are.
    post_mode : str
        A lane's arithmetic. ``int32``: the sum with its bias is multiplied by a float32.
        ``float32``: a float bias is added, and the result is multiplied by a float32. ``tflite``:
        the sum is multiplied by an integer and shifted.
    store_results : bool
        Results can also be written to the activation memory, as the next layer's input. Needs
        ``post_lanes``; ``lanes / post_lanes`` must be a power of two.
    pack_edges : bool
        Packed tiles: idle rows at the end of a tile start the next output-channel tile, so that
        only a layer's last tile has idle rows. And row pairs: two rows share an output. The weight
        memory has two banks for that, and the array a second weight chain and a multiplexer per PE.
        Not together with ``store_results``.

    Raises
    ------
    TypeError, ValueError
        For a parameter that is no integer, or out of its range.
    """

    rows: int = 8
    cols: int = 8
    dot: int = 1
    lanes: int = 0
    act_bits: int = 8
    weight_bits: int = 8
    acc_bits: int = 32
    addr_bits: int = 20
    size_bits: int = 16
    act_words: int = 4096
    weight_words: int = 4096
    bias_words: int = 256
    sum_words: int = 1024
    depthwise: bool = True
    post_lanes: int = 0
    post_mode: str = "int32"
    store_results: bool = False
    pack_edges: bool = False

    def __post_init__(self) -> None:
        for name, low, high in _RANGES:
            object.__setattr__(self, name, check_int(name, getattr(self, name), low, high))
        for name in ("depthwise", "store_results", "pack_edges"):
            if (value := getattr(self, name)) not in (0, 1):
                raise ValueError(f"{name} must be True or False, not {value!r}")
            object.__setattr__(self, name, bool(value))
        if self.lanes == 0:
            object.__setattr__(self, "lanes", self.rows * self.dot)
        if self.lanes % self.dot:
            raise ValueError(
                f"lanes must be a multiple of dot, not {self.lanes} with dot {self.dot}"
            )
        most = 1 << self.addr_bits
        for name in ("act_words", "weight_words", "bias_words"):
            if (words := getattr(self, name)) > most:
                raise ValueError(f"{name} must be at most 2**addr_bits = {most}, not {words}")
        if self.post_mode not in POST_MODES:
            raise ValueError(
                f"post_mode must be one of {', '.join(POST_MODES)}, not {self.post_mode!r}"
            )
        # Each option knows what it needs of the others; they import this class.
        from convolith.model.options.units import units

        for unit in units(self):
            unit.check(self)

    @property
    def beats(self) -> int:
        """Cycles in which a row consumes one activation word: V / D."""
        return self.lanes // self.dot

    @property
    def slots(self) -> int:
        """Cycles of one step, S: a word per row is fetched, and a word per row consumed."""
        return max(self.beats, self.rows)

    def beats_of(self, channels: int) -> int:
        """Beats of a step in a layer with so many input channels per group.

        An array with shared words takes the length of a step from registers, so it need not wait
        for lanes without a channel.
        """
        used = min(channels, self.lanes) if self.shares_words else self.lanes
        return -(-used // self.dot)

    def step_cycles(self, beats: int) -> int:
        """Cycles of a step with so many beats: two at least, if the array can have two."""
        return max(beats, self.rows, min(2, self.slots))

    @property
    def steps_vary(self) -> bool:
        """Steps can be shorter than S, where a layer's channels leave lanes of a word empty."""
        return self.shares_words and self.beats > self.rows

    @property
    def least_cycles(self) -> int:
        """Cycles of a tile, at least; R of its rows leave, one per cycle."""
        return self.step_cycles(1) if self.shares_words else self.slots

    @property
    def multipliers(self) -> int:
        """R * C * D."""
        return self.rows * self.cols * self.dot

    @property
    def tree_levels(self) -> int:
        """Register levels of the adder tree over D products."""
        return (self.dot - 1).bit_length()

    @property
    def act_word_bits(self) -> int:
        """Bits of a word of the activation memory: V lanes."""
        return self.lanes * self.act_bits

    @property
    def weight_word_bits(self) -> int:
        """Bits of a word of the weight memory: D weights for each column."""
        return self.cols * self.dot * self.weight_bits

    @property
    def shares_words(self) -> bool:
        """Depthwise layers share words: ``depthwise``, and a step has more than one slot."""
        return self.depthwise and self.slots > 1

    @property
    def slot_bits(self) -> int:
        """Width of the slot counter; a depthwise layer's lines have fewer than 2**slot_bits."""
        if self.shares_words:
            return (2 * self.slots).bit_length() + 2
        return max(1, (self.slots - 1).bit_length())

    @cached_property
    def lane_groups(self) -> int:
        """G: lanes of a word that a column takes where words are shared, with R / G rows each.

        As many as words are wide, and weights reach a PE: for each multiplier, from each bank.
        """
        most = min(self.dot * self.weight_banks, max(1, self.lanes // self.cols))
        return max(g for g in range(1, most + 1) if self.rows % g == 0)

    @property
    def odd_groups(self) -> int:
        """Lane groups whose weights are in the second bank: those for which D are too few."""
        return max(0, self.lane_groups - self.dot)

    @property
    def shared_banks(self) -> int:
        """Banks of weights that a depthwise layer takes at a time."""
        return 1 + min(1, self.odd_groups)

    @cached_property
    def part_lanes(self) -> int:
        """Lanes of a word that a depthwise layer uses at a time: G * C, or all."""
        return min(self.lanes, self.lane_groups * self.cols)

    @cached_property
    def patch(self) -> tuple[int, int]:
        """Outputs of a depthwise layer's tile along x and y: R / G in all, a square if possible.

        With 2 to D groups of lanes, all from one bank, they lie in a line: the words' delay is then
        the rows'. With more groups all of their rows must complete within a tile, one group after
        the other. For a 3x3 kernel with stride 1, whose tile is short, this needs a long patch; if
        none is long enough, such a layer has patches of a line.
        """
        groups, outputs = self.lane_groups, self.rows // self.lane_groups
        if 2 <= groups <= self.dot:
            return 1, outputs
        shapes = [(x, outputs // x) for x in range(1, isqrt(outputs) + 1) if outputs % x == 0]
        timely = [
            (x, y) for x, y in shapes
            if x > 1 and groups * ((x - 1) * (y + 2) + y) <= (x + 2) * (y + 2)
        ]
        return (timely or shapes)[-1]

    @property
    def tile_bits(self) -> int:
        """Bits that count the tiles of pixels."""
        return self.addr_bits + PX_EXTRA_BITS

    @property
    def can_pair(self) -> bool:
        """Two rows can share an output: there are weights for both, and their sums are added."""
        return self.pack_edges and self.adds and self.rows % 2 == 0

    @property
    def adds(self) -> bool:
        """Something can be added to the sums as they leave: a bias, or partial sums."""
        return self.bias_words > 0 or self.sum_words > 0

    @property
    def chunks(self) -> int:
        """Words of L sums in a row of C: the cycles in which the lanes take it."""
        return self.cols // self.post_lanes if self.post_lanes else 0

    @property
    def parameters_words(self) -> int:
        """Depth of the memory for requantization's parameters, L channels a word."""
        return self.bias_words * self.chunks

    @property
    def weight_banks(self) -> int:
        """Banks of the weight memory."""
        return 1 + self.pack_edges

    @property
    def weight_odd_words(self) -> int:
        """Depth of the weight memory's second bank; 0: there is none."""
        return self.weight_words * (self.weight_banks - 1)

    @property
    def act_banks(self) -> int:
        """Banks of the activation memory: as many as words of L activations in one of V."""
        return self.lanes // self.post_lanes if self.store_results else 1

    @property
    def core(self) -> "ArrayConfig":
        """Without what the core does not depend on: the depths of the memories outside it."""
        return replace(
            self, act_words=2, weight_words=2, bias_words=min(self.bias_words, 2),
            post_mode=self.post_mode if self.post_lanes else POST_MODES[0],
        )

    @property
    def sums_bits(self) -> int:
        """Bits of a row of C sums."""
        return self.cols * self.acc_bits

    @property
    def shape(self) -> str:
        """The geometry as reports print it, R x C x D."""
        return f"{self.rows}x{self.cols}x{self.dot}"

    def act_words_of(self, channels: int) -> int:
        """Activation words that hold ``channels`` channels of one pixel."""
        return ceil(channels / self.lanes)


# `lanes` may be 0: it then takes its default.
_RANGES = (
    ("rows", 1, 1024),
    ("cols", 1, 1024),
    ("dot", 1, 256),
    ("lanes", 0, 1 << 16),
    ("act_bits", 2, 16),
    ("weight_bits", 2, 16),
    ("acc_bits", 8, MOST_ACC_BITS),
    ("addr_bits", 4, MOST_ADDR_BITS),
    ("size_bits", 4, 24),
    ("act_words", 2, 1 << 32),
    ("weight_words", 2, 1 << 32),
    ("bias_words", 0, 1 << 32),
    ("sum_words", 0, 1 << 20),
    ("post_lanes", 0, 1024),
)
