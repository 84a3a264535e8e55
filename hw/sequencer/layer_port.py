"""The port that takes layers: the run-time registers, and the start of the blocks."""

from amaranth.hdl import *

from convolith.hw.cells.copies import copies
from convolith.hw.layouts.registers import register_layout
from convolith.model.options.config import ArrayConfig

__all__ = ["LayerPort"]

FAN_OUT = 64  # bits of the registers that one copy of their enable drives


class LayerPort(Elaboratable):
    """Takes a layer's registers from a stream when no block needs those of the layer before.

    Latency: a layer that is transferred in one cycle is in ``layer``, and starts, in the next.
    Throughput: ``ready`` rises two cycles after ``in_use`` falls. Reset: no layer.

    Parameters
    ----------
    config : ArrayConfig
    i : stream of register_layout(config)
    in_use : Value
        Blocks still need the registers, so ``layer`` must stay.
    starts : list of str
        The names of the blocks that a layer starts.

    Members
    -------
    layer : Signal
        The registers of the current layer.
    starts : dict of Signal
        For each block its start signal: a register of its own, which can lie near the block.
    """

    def __init__(self, config: ArrayConfig, i, in_use: Value, starts: list[str]):
        self.i, self.in_use = i, in_use
        self.layer = Signal(register_layout(config), reset_less=True)
        self.starts = {name: Signal(name=f"start_{name}") for name in starts}

    def elaborate(self, platform):
        m = Module()
        # The start registers have no reset of their own: a layer that is offered in a cycle of
        # reset must not start.
        accepted = self.i.valid & self.i.ready & ~ResetSignal()
        for name, start in self.starts.items():
            (register,) = copies(m, platform, accepted, 1, name=f"register_{name}")
            m.d.comb += start.eq(register)
        starting = Signal()
        m.d.sync += starting.eq(accepted)
        opens = ~(accepted | starting | self.in_use)
        ready = Signal()
        m.d.sync += ready.eq(opens)
        m.d.comb += self.i.ready.eq(ready)

        # While the port is ready, the registers take whatever is offered. So their enable does not
        # depend on `valid`, which comes from outside: it is known a cycle ahead, in registers.
        word, offered = self.layer.as_value(), self.i.payload.as_value()
        bits = range(0, len(word), FAN_OUT)
        opened = copies(m, platform, opens, len(bits), name="open")
        for bit, open_ in zip(bits, opened, strict=True):
            with m.If(open_):
                m.d.sync += word[bit : bit + FAN_OUT].eq(offered[bit : bit + FAN_OUT])
        return m
