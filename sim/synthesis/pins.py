"""A block between registers, with so few pins that it can be placed on any part by itself."""

from amaranth.hdl import Cat, Elaboratable, Module, Signal

__all__ = ["Pins"]

FAN_IN = 4  # bits of the outputs that one cell joins


class Pins(Elaboratable):
    """Drives a block's inputs from a shift register, and folds its outputs into one bit.

    Each input comes from its own register, and each output goes into one. The outputs are folded
    with a register per level. So no path outside the block is longer than one cell, and the clock
    is the block's.

    Parameters
    ----------
    name : str
        The block's name among the submodules.
    block : Elaboratable
    inputs, outputs : list of Value
        The signals that the block reads and drives. Clock and reset are those of the domain.

    Members
    -------
    i, o : Signal
        The pins.
    """

    def __init__(self, name: str, block: Elaboratable, inputs, outputs):
        self.name = name
        self.block, self.inputs, self.outputs = block, inputs, outputs
        self.i = Signal()
        self.o = Signal()

    def elaborate(self, platform):
        m = Module()
        m.submodules[self.name] = self.block
        before = Cat(self.inputs)
        shift = Signal(len(before), reset_less=True)
        m.d.sync += shift.eq(Cat(self.i, shift[:-1]))
        m.d.comb += before.eq(shift)

        behind = Cat(self.outputs)
        bits = Signal(len(behind), name="bits", reset_less=True)
        m.d.sync += bits.eq(behind)
        while len(bits) > 1:
            folded = [bits[i : i + FAN_IN].xor() for i in range(0, len(bits), FAN_IN)]
            bits = Signal(len(folded), name="folded", reset_less=True)
            m.d.sync += bits.eq(Cat(folded))
        m.d.comb += self.o.eq(bits)
        return m
