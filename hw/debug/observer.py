"""The loop variables as signals of their own, for waveforms."""

from amaranth.hdl import *
from amaranth.lib import data

from convolith.hw.cells.delay import delayed
from convolith.model.dataflow.cycles import OPERANDS, array_latency
from convolith.model.options.config import ArrayConfig

__all__ = ["Observer", "loop_variables"]


def loop_variables(config: ArrayConfig) -> dict[str, int]:
    """Name and width of each signal, outermost loop first."""
    size = config.size_bits
    return {
        "tile": config.tile_bits,
        "n": size,
        "oc": size,
        "ox": size,
        "oy": size,
        "ic": size + config.lanes.bit_length(),
        "kx": size,
        "ky": size,
    }


CYCLE_BITS = 48


class LoopCounters:
    """Makes counters of rounds, which all restart with a layer."""

    def __init__(self, m: Module, start: Value):
        self.m, self.start = m, start

    def count(self, name: str, width: int, advance, zero, *, by=1) -> Signal:
        """A counter: ``by`` more after a cycle with ``advance``, 0 after a cycle with ``zero``."""
        m, count = self.m, Signal(width, name=name)
        with m.If(self.start | zero):
            m.d.sync += count.eq(0)
        with m.Elif(advance):
            m.d.sync += count.eq(count + by)
        return count


class Observer(Elaboratable):
    """Shows n, oc, ox, oy, ic, kx, ky and the tile of the products that PE (0, 0) has just added.

    x is the axis of the height and y that of the width: ox and kx count lines. A 1D layer's only
    axis is shown as ox and kx, as in the tutorial. ``ic`` is the first of the PE's D channels; it
    counts within the group, as in PyTorch's weight, and ``oc`` counts over all groups.

    Row r adds the same products for the r-th pixel after this one, r cycles later. Column c adds
    them for oc + c in the same cycle. With row pairs, row 1 has row 0's pixel and other channels.
    With shared words, row 0 has a patch's first output, and column 0 the first of the lanes. If the
    planner has folded a kernel or merged groups, the loops are those of the layer that it made.

    The observer drives nothing, so synthesis removes it.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
    start : Value
        A layer begins.
    slot : View of slot_layout(config)
        As the fetch blocks get it, delayed by ``slot_delay`` cycles.
    walker : PixelWalker
    end : Value
        A layer's last row leaves, or is kept.
    slot_delay : int
        Cycles by which the core delays slots, where the array is shorter than the model's.
    flows : list of DenseDataflow

    Members
    -------
    mac : Signal
        PE (0, 0) has added products. The loop variables say which.
    tile, n, oc, ox, oy, ic, kx, ky : Signal
        The loop variables.
    cycle : Signal
        The cycle, as reports count it: 0 before the edge that accepts the first layer, 1 after it.
        It stands still from a layer's last row to the start of the next layer.
    """

    def __init__(
        self, config: ArrayConfig, layer, *, start: Value, slot, walker, end: Value,
        slot_delay: int = 0, flows=(),
    ):
        self.config, self.layer, self.flows = config, layer, flows
        self.start, self.slot, self.walker, self.end = start, slot, walker, end
        self.slot_delay = slot_delay
        self.mac = Signal()
        self.cycle = Signal(CYCLE_BITS)
        for name, width in loop_variables(config).items():
            setattr(self, name, Signal(width, name=name))

    def elaborate(self, platform):
        m = Module()
        config, slot, widths = self.config, self.slot, loop_variables(self.config)
        counters = LoopCounters(m, self.start)
        loops = self.walked(counters, widths) | self.stepped(counters, widths)
        for flow in self.flows:
            loops = flow.observed(counters, slot, loops)
        # In a tile's first slot the walker shows row 0's pixel. It is held while the walker goes on
        # to the pixels of the other rows.
        for name in ("n", "ox", "oy", "oc"):
            value, held = Signal(widths[name], name=f"first_{name}"), Signal(
                widths[name], name=f"held_{name}"
            )
            m.d.comb += value.eq(Mux(slot.first, loops[name], held))
            m.d.sync += held.eq(value)
            loops[name] = value

        now = Signal(data.StructLayout({"mac": 1, "one_dimensional": 1, **widths}))
        m.d.comb += now.one_dimensional.eq(self.layer.one_dimensional)
        m.d.comb += [now[name].eq(value) for name, value in loops.items()]
        later = OPERANDS + array_latency(config) - self.slot_delay
        then = now.shape()(delayed(m, now, later, name="loops", reset_less=True)[-1])
        along_y = {"ox": then.oy, "oy": 0, "kx": then.ky, "ky": 0}
        for name in ("mac", *widths):
            value = Mux(then.one_dimensional, along_y.get(name, then[name]), then[name])
            m.d.comb += getattr(self, name).eq(value)
        self.count_cycles(m)
        return m

    def walked(self, counters, widths) -> dict[str, Value]:
        """The walker's loops. In a tile's first slot they are those of row 0's pixel."""
        oy, ox, n = self.walker.wrap
        restarts = self.walker.restarts
        _, _, _, _, oc, g = self.slot.wrap
        channel = counters.count("channel", widths["oc"], oc, g, by=self.config.cols)
        group = counters.count("group", widths["oc"], g, 0, by=self.layer.group_oc)
        return {
            "n": counters.count("walk_n", widths["n"], n, restarts),
            "ox": counters.count("walk_ox", widths["ox"], ox, n | restarts),
            "oy": counters.count("walk_oy", widths["oy"], oy, ox | restarts),
            "oc": (group + channel)[: widths["oc"]],
        }

    def stepped(self, counters, widths) -> dict[str, Value]:
        """The loop nest's own loops."""
        config, active = self.config, self.slot.active
        ky, kx, ic, px, _, _ = self.slot.wrap
        slot_lanes = config.slots * config.dot  # beyond the word's lanes where slots are idle
        lane = counters.count("lane", slot_lanes.bit_length(), active, ky, by=config.dot)
        block = counters.count("block", widths["ic"], ic, px, by=config.lanes)
        return {
            "mac": self.slot.weights,
            "tile": counters.count("count_tile", widths["tile"], px, 0),
            "ic": block + lane,
            "kx": counters.count("count_kx", widths["kx"], kx, ic),
            "ky": counters.count("count_ky", widths["ky"], ky, kx),
        }

    def count_cycles(self, m) -> None:
        counts = Signal()  # from a layer's start until its last row leaves
        now_counts = self.start | counts
        before = Signal.like(self.cycle)
        m.d.comb += self.cycle.eq(before + now_counts)
        m.d.sync += [before.eq(self.cycle), counts.eq(now_counts & ~self.end)]
