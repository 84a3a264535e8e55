"""Shared words: in depthwise layers all rows take their operands from the same word on the bus.

A word holds V channels of an input pixel. A depthwise output needs one of them, so each column
takes its own lane. All rows share the pixel: each row has another output of the tile, needs the
pixel for another tap, and multiplies it with that tap's weight. A tile is a patch, a rectangle of
PX x PY neighbouring outputs. Its input pixels come in raster order, one per cycle. Weights move
from row to row, with the delay between the pixels of the two rows' outputs.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import ClassVar

from convolith.model.dataflow.beat import Beat
from convolith.model.dataflow.ceil_div import ceil_div
from convolith.model.dataflow.dataflow import Dataflow, Ints, Words
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.dataflow.formulas import Formulas
from convolith.model.dataflow.sequence import Sequenced
from convolith.model.dataflow.shared import beats, reads, registers, sequence, sums, words
from convolith.model.dataflow.shared.formulas import SHARED
from convolith.model.dataflow.shared.phases import Phases
from convolith.model.dataflow.stored import Store
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.options.shared_words import most_line_delay

__all__ = ["LineTiling", "SharedTiling"]


@dataclass(frozen=True)
class SharedTiling(Dataflow):
    """Counts of a depthwise ``layer`` with shared words on ``config``.

        for block in ceil(IC / V):                 # words of a pixel
          for m in OC / IC:                        # channel multiplier
            for part in parts:                     # G * C lanes of the word
              for n, px, py in patches:            # a TILE: PX x PY outputs, G * C channels
                for phase_x, line, phase_y, b:     # a CYCLE: one word

    The R rows of the array are G lane groups times PX x PY outputs. Per phase, a line has
    ``columns = PY + reach`` words, or fewer in the last phase, and a patch has ``lines = PX +
    reach`` lines. Along x, the lines of all phases can also come in their natural order (`raster`),
    as one phase. Each of the first D lane groups has its weights in the first bank, at a multiplier
    of its own; further groups have theirs in the second bank.

    Parameters
    ----------
    config : ArrayConfig
    layer : ConvLayer
        One input channel per group.
    linear : bool
        Patches are a single line of outputs, whatever the configuration says.
    in_order : bool, optional
        Lines of words come in their order, or phase by phase. Without it, `raster` chooses.

    Raises
    ------
    ValueError
        If the layer is not depthwise.
    """

    label: ClassVar[str] = "shared words by patches"
    whole_words: ClassVar[bool] = True
    weight_layout: ClassVar[str] = "shared"
    bias_layout: ClassVar[str] = "shared"
    formulas: ClassVar[Formulas] = SHARED

    config: ArrayConfig
    layer: ConvLayer
    linear: bool = False
    in_order: bool | None = None

    def __post_init__(self) -> None:
        if self.layer.group_IC != 1:
            raise ValueError(
                f"a depthwise layer has one input channel per group, not {self.layer.group_IC}"
            )

    @property
    def patch(self) -> tuple[int, int]:
        """Outputs of a tile along x and y."""
        x, y = self.config.patch
        return (1, x * y) if self.linear else (x, y)

    @cached_property
    def raster(self) -> bool:
        """Whether lines of words come in their order, and not phase by phase along x.

        With stride 2 a 3x3 kernel's two phases have PX + 1 lines each, though the second one has no
        need of its last line. In their order there are 2 * PX + 1 lines.
        """
        if self.in_order is not None:
            return self.in_order
        ordered, by_phase = (replace(self, in_order=way) for way in (True, False))
        words, (px, py) = by_phase.needed_words, self.patch
        apart = self.layer.stride[0] * words  # cycles from an output to the one below it
        return (
            ordered.lines < by_phase.phases[0].count * by_phase.lines
            and (px == 1 or apart - py <= most_line_delay(self.config))
            and self.config.lane_groups * ((px - 1) * apart + py) <= ordered.lines * words
        )

    @property
    def steps(self) -> tuple[int, int]:
        """Input pixels from one line of words to the next, and from one word of a line to the next.
        """
        x, y = self.layer.stride
        return (1 if self.raster else x), y

    @property
    def output_lines(self) -> int:
        """Lines of words from an output to the one below it, in a phase."""
        return self.layer.stride[0] // self.steps[0]

    @cached_property
    def phases(self) -> tuple[Phases, Phases]:
        """The phases along x and along y."""
        layer = self.layer
        x, y = zip((layer.KX, layer.KY), self.steps, layer.dilation, strict=True)
        return Phases(*x), Phases(*y)

    @property
    def lines(self) -> int:
        """Lines of words, per phase of x."""
        return (self.patch[0] - 1) * self.output_lines + self.phases[0].reach + 1

    @property
    def needed_words(self) -> int:
        """Words of a line, in all phases of y, that a patch needs."""
        y, outputs = self.phases[1], self.patch[1]
        return (y.count - 1) * (outputs + y.reach) + max(y.reach + 1, outputs + y.last_reach)

    @property
    def least_columns(self) -> int:
        """Words of a line, per phase of y, at least: so many that a tile's rows leave in time."""
        x, y = self.phases
        return max(2, ceil_div(self.config.least_cycles, x.count * self.lines * y.count))

    @cached_property
    def columns(self) -> int:
        """Words of a line, per phase of y."""
        return max(self.least_columns, self.patch[1] + self.phases[1].reach)

    @cached_property
    def last_columns(self) -> int:
        """Words of a line in the last phase of y, where weights are consumed as in the others."""
        y = self.phases[1]
        return max(self.least_columns, y.reach + 1, self.patch[1] + y.last_reach)

    @property
    def line_cycles(self) -> int:
        """Cycles of a line, for all phases of y."""
        return (self.phases[1].count - 1) * self.columns + self.last_columns

    @property
    def tile_cycles(self) -> int:
        """Cycles of a tile: one per word."""
        return self.phases[0].count * self.lines * self.line_cycles

    @property
    def line_delay(self) -> int:
        """Cycles that weights wait between the last row of a patch's line and the next line."""
        return self.output_lines * self.line_cycles - self.patch[1] if self.patch[0] > 1 else 0

    @property
    def timely(self) -> bool:
        """Whether the array can delay weights so far, and rows complete one after the other.

        A tile's last row must be complete before the next tile's first row.
        """
        return (
            self.line_delay <= most_line_delay(self.config)
            and self.delay(self.config.rows - 1) < self.tile_cycles
        )

    @property
    def last_tap(self) -> int:
        """The cycle of a tile's last tap, counted from 0."""
        x, y = self.phases
        line = (x.count - 1) * self.lines + x.reach
        return line * self.line_cycles + (y.count - 1) * self.columns + y.reach

    @property
    def unused(self) -> int:
        """Cycles of a tile after its last tap."""
        return self.tile_cycles - 1 - self.last_tap

    @property
    def first_outputs(self) -> tuple[list[int], range]:
        """Rows and columns that have an output in the layer's first tile."""
        config, layer, (x, y) = self.config, self.layer, self.patch
        rows = [
            r for r in range(config.rows) if r % (x * y) // y < layer.OX and r % y < layer.OY
        ]
        return rows, range(min(layer.IC, config.lanes, config.cols))

    def place(self, row: int) -> tuple[int, int, int]:
        """(g, i, j): a row's lane group, and its output within the patch along x and y."""
        group, output = divmod(row, self.config.rows // self.config.lane_groups)
        return group, *divmod(output, self.patch[1])

    def taps(self) -> Iterator[tuple[int, tuple[int, int]]]:
        """Row 0's taps: for each one its cycle within the tile, and (kx, ky)."""
        x, y = self.phases
        words = [
            (phase, column) for phase in range(y.count)
            for column in range(self.last_columns if phase == y.count - 1 else self.columns)
        ]
        order = product(range(x.count), range(self.lines), words)
        for cycle, (phase_x, line, (phase_y, column)) in enumerate(order):
            kx, ky = x.tap(phase_x, line), y.tap(phase_y, column)
            if kx is not None and ky is not None:
                yield cycle, (kx, ky)

    def delay(self, row: int) -> int:
        """The cycles by which a row is behind row 0."""
        group, i, j = self.place(row)
        return group * self.group_delay + i * self.output_lines * self.line_cycles + j

    @property
    def group_delay(self) -> int:
        """The cycles by which a lane group's rows are behind those of the group before."""
        return (self.patch[0] - 1) * self.output_lines * self.line_cycles + self.patch[1]

    @property
    def patches(self) -> tuple[int, int]:
        """Patches of an image along x and y."""
        return ceil_div(self.layer.OX, self.patch[0]), ceil_div(self.layer.OY, self.patch[1])

    def edge(self, axis: int) -> int:
        """Outputs of the last patch along an axis."""
        return ((self.layer.OX, self.layer.OY)[axis] - 1) % self.patch[axis] + 1

    @property
    def last_row(self) -> int:
        """The row of the layer's last output."""
        groups, rows = self.config.lane_groups, self.config.rows
        output = (self.edge(0) - 1) * self.patch[1] + self.edge(1) - 1
        return (groups - 1) * (rows // groups) + output

    def fits(self) -> bool:
        """Whether the array has shared words, and counts and delays fit its registers."""
        config, layer = self.config, self.layer
        # The last places of the last patch, which may have no tap: their coordinates must not wrap.
        ends = (
            (patches - 1) * outputs * stride + (places - 1) * step + (phases.count - 1) * dilation
            + 1
            for patches, outputs, stride, places, step, phases, dilation in zip(
                self.patches, self.patch, layer.stride, (self.lines, self.columns), self.steps,
                self.phases, layer.dilation, strict=True,
            )
        )
        strides = (of * step for of, step in zip(self.patch, layer.stride, strict=True))
        return (
            config.shares_words
            and self.timely
            and max(self.columns, self.lines) < 1 << config.slot_bits
            and max(*ends, *strides, self.multiplier * self.parts, self.lines)
            < 1 << config.size_bits
        )

    @property
    def multiplier(self) -> int:
        """Output channels per input channel."""
        return self.layer.group_OC

    @property
    def pixel_words(self) -> int:
        """Activation words of one pixel."""
        return ceil_div(self.layer.IC, self.config.lanes)

    @property
    def parts(self) -> int:
        """Parts of a word, of G * C lanes each. They are computed one after the other."""
        return ceil_div(min(self.layer.IC, self.config.lanes), self.config.part_lanes)

    @property
    def passes(self) -> int:
        """The number of passes: rounds over all patches."""
        return self.pixel_words * self.multiplier * self.parts

    @property
    def px_tiles(self) -> int:
        """Patches of the whole batch."""
        return self.layer.N * self.patches[0] * self.patches[1]

    @property
    def pass_weights(self) -> int:
        """Weight words of a pass: one per tap of each phase, and zeros between dilated taps."""
        x, y = self.phases
        return x.count * (x.reach + 1) * y.count * (y.reach + 1)

    @property
    def weight_banks(self) -> tuple[int, int]:
        """Weight words of the first D lane groups, and of the others."""
        words = self.passes * self.pass_weights
        return words, words * (self.config.shared_banks - 1)

    @property
    def bank_tiles(self) -> tuple[int, int]:
        return self.tiles, self.tiles * (self.config.shared_banks - 1)

    @property
    def bias_words(self) -> int:
        """Bias words of the whole layer: one per pass and lane group."""
        return self.passes * self.config.lane_groups

    @property
    def output_rows(self) -> int:
        """Rows of C sums that leave the array: one per pass, output pixel and lane group."""
        return self.passes * self.layer.P * self.config.lane_groups

    @property
    def word_groups(self) -> int:
        return 1

    @property
    def double_tiles(self) -> int:
        return self.tiles * (self.config.shared_banks - 1)

    @property
    def act_reads(self) -> int:
        return reads.act_reads(self)

    def sequence(self) -> Sequenced:
        return sequence.sequence(self)

    def lay_weight(self, w: Ints) -> Ints:
        return words.weight_words(self, w)

    def lay_bias(self, bias: Ints) -> Ints:
        return words.bias_words(self, bias)

    def bias_rows(self) -> Ints:
        return words.bias_rows(self)

    def output(self, rows: Ints) -> Ints:
        return words.output_tensor(self, rows)

    def sums(self, pixels: Words, weight: Words, bias: Words | None) -> Ints:
        return sums.rows_of_sums(self, pixels, weight, bias)

    def beats(self, x: Ints, w: Ints, tiles: range | None = None) -> Iterator[Beat]:
        return beats.beats(self, x, w, range(self.tiles) if tiles is None else tiles)

    def register_values(self, act_base: int) -> dict[str, int]:
        plain = DenseTiling(self.config, self.layer).register_values(act_base)
        return plain | registers.register_values(self, act_base)

    @property
    def can_store(self) -> bool:
        whole = self.passes == 1 or self.config.lanes % self.config.part_lanes == 0
        return self.multiplier == 1 and whole

    def store_values(self, store: Store) -> dict[str, int]:
        return registers.store_values(self, store)


@dataclass(frozen=True)
class LineTiling(SharedTiling):
    """The same with patches of one line each, whatever the configuration's patches are."""

    label: ClassVar[str] = "shared words by lines"
    weight_layout: ClassVar[str] = "shared lines"
    bias_layout: ClassVar[str] = "shared lines"

    linear: bool = True
