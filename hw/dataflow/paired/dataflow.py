"""Row pairs: two rows share an output, each with half of the input channels."""

from dataclasses import replace

from amaranth.hdl import *

from convolith.hw.cells.copies import copies
from convolith.hw.cells.ecp5 import is_ecp5
from convolith.hw.cells.ecp5.carry_chain import add_either
from convolith.hw.dataflow.packed.dataflow import PackedDataflow

__all__ = ["PairedDataflow"]


class PairedDataflow(PackedDataflow):
    """The walker gives each pixel twice, and the adder behind the drain adds the two rows' sums.

    The second row of a pair takes its weights from the second bank. That bank belongs to packed
    tiles, so an array that can pair rows can pack tiles as well.
    """

    def __init__(self, config, layer):
        super().__init__(config, layer)
        self.pairs = layer.row_pairs

    @property
    def repeats(self) -> Value:
        """The walker stays at this pixel for the pair's second row."""
        return self.pairs & ~self.passes.odd

    def repeat(self, advance):
        return advance & ~self.repeats

    def walk(self, m, walk):
        return super().walk(m, replace(
            walk,
            delta=Mux(self.repeats, self.layer.delta_pair, walk.delta),
            last_pass=walk.last_pass & ~self.repeats,
            switches=Mux(self.pairs, walk.moves, walk.switches),
        ))

    def weight_slot(self, slot):
        return replace(super().weight_slot(slot), together=slot.together | self.pairs)

    def completion(self, m, row):
        """A pair's output begins with the first row and is complete with the second."""
        odd = Signal(name="odd_row")  # a tile has an even number of rows
        with m.If(row.done):
            m.d.sync += odd.eq(~odd)
        second = self.pairs & odd
        return replace(
            row, begins=row.valid & ~second, ends=row.valid & (odd | ~self.pairs), second=second
        )

    def totals(self, m, platform, totals, sums, added, before, second):
        """Adds the totals of the first row, which left a cycle before, to the second row's sums.

        To other rows it adds ``added``, the bias or the partial sums.
        """
        chosen = copies(m, platform, second, len(sums), name="second")
        columns = list(zip(sums, before, added, chosen, strict=True))
        if is_ecp5(platform):
            return [
                add_either(m, *column, name=f"total_{c}") for c, column in enumerate(columns)
            ]
        return [own + Mux(choose, first, other) for own, first, other, choose in columns]

    def row_starts(self, m, starts):
        """A pair leaves with its second row, and so does what began with its first one."""
        before = Signal(starts.shape(), name="starts_before", reset_less=True)
        m.d.sync += before.eq(starts)
        return starts.shape()(Mux(self.pairs, before.as_value(), starts.as_value()))
