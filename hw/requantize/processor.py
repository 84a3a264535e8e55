"""The lanes together: rows of sums in, words of L activations out, one or more per row."""

from amaranth.hdl import *
from amaranth.lib import data

from convolith.hw.cells.delay import delayed
from convolith.hw.requantize.lane import PARAMETERS_AT, PostLane, lane_latency, parameter_layout
from convolith.model.dataflow.cycles import MEMORY_LATENCY
from convolith.model.dataflow.exits import POST_LATENCY
from convolith.model.options.config import ArrayConfig

__all__ = ["PostProcessor", "parameters_layout"]


def parameters_layout(config: ArrayConfig) -> data.ArrayLayout:
    """A word of the parameter memory: a channel for each lane."""
    return data.ArrayLayout(parameter_layout(config), config.post_lanes)


class PostProcessor(Elaboratable):
    """Takes a row of C sums in up to C / L cycles, L sums at a time, through L lanes.

    Latency: POST_LATENCY[mode] cycles from the cycle in which the lanes take sums to the cycle in
    which their activations are there. Throughput: L sums per cycle. The lanes cannot stall, so
    there must be room behind them. Reset: drops the sums in the lanes.

    The lanes' registers can have a clock domain of their own (``domain``). Its clock may stand
    still in cycles without ``active``.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
        Stable until the layer's last results are out.
    valid, sums, last, word : Value
        There is a row; its C sums; it is the layer's last; the number of its bias word. They stay
        until the row is taken.
    room : Value
        The lanes may take sums.
    parameters : ReadPort
        The parameter memory's port. The channels of one bias word lie in C / L words.
    domain : str
        The lanes' clock domain.

    Members
    -------
    ready : Signal
        The row's last sums are taken, if there is a row. It does not depend on ``valid``, and so
        comes early in the cycle.
    going, take : Signal
        Sums are taken; the row's last sums are taken.
    activations : list of Signal
        One activation from each lane.
    comes : Signal
        ``written`` a cycle ahead.
    written, out_last : Signal
        There are activations; they are the layer's last.
    active : Signal
        Sums go into the lanes, or are in them.
    """

    def __init__(self, config: ArrayConfig, layer, *, valid, sums, last, word, room, parameters,
                 domain="sync"):
        self.config, self.layer, self.domain = config, layer, domain
        self.valid, self.sums, self.last, self.word = valid, sums, last, word
        self.room, self.parameters = room, parameters
        self.ready, self.going, self.take = Signal(), Signal(), Signal()
        self.activations = [
            Signal(signed(config.act_bits), name=f"activation_{i}")
            for i in range(config.post_lanes)
        ]
        self.comes, self.written, self.out_last = Signal(), Signal(), Signal()
        self.active = Signal()

    def elaborate(self, platform):
        m = Module()
        config, layer = self.config, self.layer
        m.d.comb += self.going.eq(self.valid & self.room)
        chunk = self.count_chunks(m)
        sums = Signal(config.post_lanes * config.acc_bits, reset_less=True)
        width = len(sums)
        parts = [self.sums[start : start + width] for start in range(0, len(self.sums), width)]
        m.d[self.domain] += sums.eq(Array(parts)[chunk] if len(parts) > 1 else parts[0])

        # One cycle more than a lane's: the register into which the sums are chosen.
        latency = POST_LATENCY[config.post_mode]
        assert latency == 1 + lane_latency(config)
        flags = delayed(m, Cat(self.going, self.take & self.last), latency, name="flags")
        self.read_parameters(m, chunk, [flag[0] for flag in flags])
        parameters = parameters_layout(config)(self.parameters.data)
        for i in range(config.post_lanes):
            bits = slice(i * config.acc_bits, (i + 1) * config.acc_bits)
            lane = PostLane(config, layer, sum=sums[bits], parameters=parameters[i])
            m.submodules[f"lane_{i}"] = DomainRenamer(self.domain)(lane)
            m.d.comb += self.activations[i].eq(lane.activation)
        m.d.comb += [self.comes.eq(flags[-2][0]), Cat(self.written, self.out_last).eq(flags[-1])]
        if self.domain != "sync":
            m.d.comb += self.active.eq(Cat(flags[:-1]).any())
        return m

    def count_chunks(self, m):
        """The number of the chunk, L sums of the row, that the lanes take."""
        if self.config.chunks == 1:
            m.d.comb += [self.ready.eq(self.room), self.take.eq(self.going)]
            return C(0, 1)
        chunk = Signal(range(self.config.chunks))
        ends = chunk == self.layer.chunks
        m.d.comb += [self.ready.eq(self.room & ends), self.take.eq(self.going & ends)]
        with m.If(self.going):
            m.d.sync += chunk.eq(Mux(ends, 0, chunk + 1))
        return chunk

    def read_parameters(self, m, chunk, going):
        """Reads the parameters so that they come just when the lanes need them.

        The address waits, and not the word: it has fewer bits. ``going``: sums were taken 0, 1, ...
        cycles ago.
        """
        address = self.word
        if self.config.chunks > 1:
            address = (self.word * self.config.chunks + chunk)[: len(self.word)]
        wait = PARAMETERS_AT[self.config.post_mode] + 1 - MEMORY_LATENCY
        later = delayed(m, address, wait, name="wanted", reset_less=True, domain=self.domain)[-1]
        m.d.comb += [self.parameters.en.eq(going[wait]), self.parameters.address.eq(later)]
