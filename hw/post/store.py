"""Results into the activation memory: where the next layer reads them."""

from amaranth.hdl import *

from convolith.hw.countdown import nest_loops
from convolith.hw.store_registers import PATCH_LOOPS, PIXEL_LOOPS
from convolith.model.config import ArrayConfig

__all__ = ["ResultStore"]


class ResultStore(Elaboratable):
    """Walks over the results as they leave, (pass, n, ox, oy, words of L), and writes them.

    In layers that share words the order is (pass, n, ox, oy, group, i, j, words of L). What a row
    has beyond the layer's channels is left out. Latency: a word is at the port two cycles after it
    has left. Throughput: a word per cycle. Reset: nothing is written.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
        Stable until the layer's last results are out.
    load : Value
        A layer begins.
    leaves : Value
        A word of L activations, which is
    word : Value
    port : WritePort
    """

    def __init__(self, config: ArrayConfig, layer, *, load, leaves, word, port):
        self.config, self.layer, self.load = config, layer, load
        self.leaves, self.word, self.port = leaves, word, port

    def elaborate(self, platform):
        m = Module()
        config, layer, port = self.config, self.layer, self.port
        steps, pass_end = self.steps(m)
        leaves, word = Signal(), Signal(len(self.word), reset_less=True)
        m.d.sync += [leaves.eq(self.leaves & layer.store), word.eq(self.word)]
        address = self.address(m, steps, pass_end)
        in_pixel = self.in_pixel(m, steps, pass_end)

        unit = Signal.like(layer.store_base)
        m.d.comb += unit.eq(address + in_pixel)
        banks, bits = config.act_banks, (config.act_banks - 1).bit_length()
        there = leaves & (in_pixel < layer.store_words)
        m.d.sync += [
            port.en.eq(Cat(there & (unit[:bits] == bank) for bank in range(banks))),
            port.address.eq(unit[bits:]),
            port.data.eq(word),
        ]
        return m

    def steps(self, m):
        """Per loop, whether it goes on after the word; and whether that is its pass's last."""
        config, layer = self.config, self.layer
        ends, inside = {}, self.leaves

        def goes_on(name, last):
            nonlocal inside
            ends[name] = inside & ~last
            inside = inside & last

        def count(name, last):
            place = Signal.like(last, name=name)
            with m.If(self.load):
                m.d.sync += place.eq(0)
            with m.Elif(inside):
                m.d.sync += place.eq(Mux(place == last, 0, place + 1))
            goes_on(name, place == last)

        if config.chunks > 1:
            count("chunk", layer.chunks)
        tile_end = Signal()
        counts = {name: layer[f"{name}_count"] for name in PIXEL_LOOPS}
        _, lasts, _ = nest_loops(m, counts, self.load, tile_end)
        if config.shares_words:
            for name, last in zip(PATCH_LOOPS, lasts, strict=False):
                end = Signal.like(layer[f"patch_{name}"], name=f"end_{name}")
                m.d.comb += end.eq(Mux(last, layer[f"last_{name}"], layer[f"patch_{name}"]))
                count(name, end)
            if config.lane_groups > 1:
                groups = Signal(range(config.lane_groups))
                m.d.comb += groups.eq(Mux(layer.depthwise, config.lane_groups - 1, 0))
                count("group", groups)
        m.d.comb += tile_end.eq(inside)
        for name, last in zip(PIXEL_LOOPS, lasts, strict=True):
            goes_on(name, last)
        # A cycle later, with the word.
        steps = {name: Signal(name=f"step_{name}") for name in ends}
        pass_end = Signal()
        m.d.sync += [*(steps[name].eq(end) for name, end in ends.items()), pass_end.eq(inside)]
        return steps, pass_end

    def address(self, m, steps, pass_end):
        """The pixel's: per loop the address at which its round began, one sum for all."""
        layer = self.layer
        loops = [*(PATCH_LOOPS if self.config.shares_words else ()), *PIXEL_LOOPS]
        at = {name: Signal.like(layer.store_base, name=f"at_{name}") for name in loops}
        chosen = [(at[name], layer[f"store_{name}"], steps[name]) for name in loops]
        if "group" in steps:
            chosen.append((at["oy"], C(0), steps["group"]))
        chosen.append((layer.store_base, C(0), pass_end))
        origin, delta = (
            self.one_of([(of[i], of[2]) for of in chosen], len(layer.store_base)) for i in (0, 1)
        )
        following = Signal.like(layer.store_base)
        m.d.comb += following.eq(origin + delta)
        changes = pass_end
        for name in reversed(loops):
            changes = changes | steps[name]
            if name == "oy" and "group" in steps:
                inner = changes | steps["group"]
            with m.If(self.load):
                m.d.sync += at[name].eq(layer.store_base)
            with m.Elif(changes):
                m.d.sync += at[name].eq(following)
            if name == "oy" and "group" in steps:
                changes = inner
        return at[loops[0]]

    def in_pixel(self, m, steps, pass_end):
        """The word of L within its pixel."""
        layer, config = self.layer, self.config
        word, group, pass_ = (
            Signal.like(layer.store_words, name=f"{name}_word")
            for name in ("this", "group", "pass")
        )
        of_pass = Mux(pass_end, pass_ + layer.store_pass, pass_)
        of_group = of_pass
        if "group" in steps:
            of_group = Mux(steps["group"], group + config.cols // config.post_lanes, group)
            tile = pass_end | Cat(steps[name] for name in PIXEL_LOOPS).any()
            of_group = Mux(tile, of_pass, of_group)
        following = of_group
        if "chunk" in steps:
            following = Mux(steps["chunk"], word + 1, of_group)
        moved = [(pass_, of_pass), (group, of_group), (word, following)]
        leaves = pass_end | Cat(steps.values()).any()
        with m.If(self.load):
            m.d.sync += [signal.eq(0) for signal, _ in moved]
        with m.Elif(leaves):
            m.d.sync += [signal.eq(value) for signal, value in moved]
        return word

    @staticmethod
    def one_of(choices, width):
        """Of (value, whether), at most one of which is chosen."""
        result = C(0, width)
        for value, chosen in choices:
            result = result | Mux(chosen, value, 0)
        return result
