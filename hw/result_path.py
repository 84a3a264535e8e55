"""From the array's rows of sums to the core's output streams."""

from amaranth.hdl import *
from amaranth.lib import stream

from convolith.hw.array.mesh import MacArray, completion_lead
from convolith.hw.array.pe import pe_latency
from convolith.hw.cells.delay import delayed
from convolith.hw.layouts.rows import tagged, tagged_layout
from convolith.hw.output.adder import RowAdder
from convolith.hw.output.result_fifo import ResultFifo
from convolith.hw.output.row_starts import RowStarts
from convolith.hw.requantize.stage import PostStage
from convolith.hw.sequencer.credits import Credits
from convolith.hw.sequencer.rows_in_flight import RowsInFlight
from convolith.model.dataflow.cycles import (
    BOUNDS_CHECK,
    OPERANDS,
    array_latency,
    output_rows,
)
from convolith.model.options.config import ArrayConfig

__all__ = ["ResultPath"]


class ResultPath(Elaboratable):
    """Drain -> adder -> FIFO -> lanes -> streams. Rows without an output are dropped here.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    starts : dict of Value
        A layer begins: one signal for ``sums`` and one for each block that `started` names.
    take : Value
        A tile starts, and takes room for its rows.
    active : Value
        A slot of the loop nest runs.
    array : MacArray
    ports : Core
        Its output streams and memory ports.
    flows : list of DenseDataflow

    Members
    -------
    room : Signal
        There is room for the rows of a tile.
    in_use : Signal
        Slots or rows of sums still need the layer's registers, even if the loop nest has ended.
    kept : Signal
        The last row of a layer whose sums are kept has been written.
    """

    @staticmethod
    def started(config: ArrayConfig) -> list[str]:
        """The names of the blocks behind the adder that a layer starts."""
        return ["results"] if config.post_lanes else []

    def __init__(
        self, config: ArrayConfig, layer, *, starts, take: Value, active: Value, array: MacArray,
        ports, flows=(),
    ):
        self.config, self.layer, self.starts = config, layer, starts
        self.take, self.active, self.array = take, active, array
        self.ports, self.flows = ports, flows
        self.room, self.in_use, self.kept = Signal(), Signal(), Signal()

    def elaborate(self, platform):
        m = Module()
        config, layer, ports = self.config, self.layer, self.ports
        rows = self.array
        if config.adds:
            m.submodules.adder = rows = RowAdder(
                config, layer, start=self.starts["sums"], array=self.array,
                ahead=completion_lead(config),
                bias=ports.bias if config.bias_words else None, flows=self.flows,
            )
            m.d.comb += self.kept.eq(rows.kept)
        if config.sum_words:
            m.d.comb += ports.kept.eq(self.kept)
        row, to, busy = Value.cast(rows.o), ports.o, C(0)
        if config.post_lanes:
            row, to, busy = self.requantize(m, rows)
        depth = output_rows(config)
        m.submodules.fifo = ResultFifo(
            depth, i=row, comes=rows.o_comes, o=to, late=config.post_lanes > 0
        )
        m.submodules.credits = credits = Credits(
            config.rows, depth, take=self.take,
            sent=to.valid & to.ready, dropped=rows.done & ~rows.o_valid,
        )
        m.d.comb += [
            self.room.eq(credits.room),
            self.in_use.eq(self.needed(m, platform, rows.done) | busy),
        ]
        return m

    def requantize(self, m, rows: RowAdder):
        """Adds the lanes behind the FIFO.

        Returns what goes into the FIFO, the stream to which it goes, and whether results of the
        layer are still to come.
        """
        config, ports = self.config, self.ports
        m.submodules.row_starts = starts = RowStarts(
            start=self.starts["sums"], row=rows.rows, later=rows.latency, flows=self.flows
        )
        to = stream.Signature(tagged_layout(config)).create()
        m.submodules.post = post = PostStage(
            config, self.layer, start=self.starts["results"], i=to, ports=ports, flows=self.flows
        )
        if ports.gated:
            m.domains.lanes = ClockDomain(reset_less=True)
            m.d.comb += [
                ClockSignal("lanes").eq(ports.lanes_clk), ports.lanes_active.eq(post.active)
            ]
        return tagged(config, self.layer, rows.o, starts.o, self.flows), to, post.busy

    def needed(self, m, platform, done: Value) -> Value:
        """Whether slots or rows of sums still need the layer's registers.

        Without an adder, and if no dataflow uses registers at the array's rows, only the blocks in
        front of the array need them: as long as slots are on their way through these blocks. With
        shared words a tile's rows may complete while slots without taps are still to come. So then
        both count, but of the slots only the way to the bounds check.
        """
        config = self.config
        slot_delay = array_latency(config) - pe_latency(config, platform)

        def slots(cycles: int) -> Value:
            return Cat(delayed(m, self.active, cycles + slot_delay, name="active")).any()

        late = any(flow.late_registers for flow in self.flows)
        if not config.adds and not late:
            return slots(OPERANDS)
        m.submodules.in_flight = in_flight = RowsInFlight(
            config.rows, output_rows(config), take=self.take, done=done
        )
        return in_flight.any | slots(BOUNDS_CHECK) if late else in_flight.any
