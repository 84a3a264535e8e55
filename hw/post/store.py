"""Results into the activation memory: where the next layer reads them."""

from amaranth.hdl import *

from convolith.hw.copies import copies
from convolith.hw.countdown import nest_loops
from convolith.hw.store_registers import PATCH_LOOPS, PIXEL_LOOPS
from convolith.model.config import ArrayConfig

__all__ = ["ResultStore"]


class ResultStore(Elaboratable):
    """Walks over the results as they leave, (pass, n, ox, oy, words of L), and writes them.

    In layers that share words the order is (pass, n, ox, oy, group, i, j, words of L). What a row
    has beyond the layer's channels is left out. Latency: a word is at the port two cycles after it
    has left. Throughput: a word per cycle. Reset: nothing is written. A step is decoded into one
    register per thing that it chooses: they lie far apart.

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
        steps = self.steps(m)

        def known(name, *when):
            """Whether one of these steps is taken, a cycle later, with the word."""
            taken = Cat(steps[step] for step in when if step in steps).any()
            return copies(m, platform, taken, 1, name=name)[0]

        leaves, word = Signal(), Signal(len(self.word), reset_less=True)
        m.d.sync += [leaves.eq(self.leaves & layer.store), word.eq(self.word)]
        address = self.address(m, known)
        in_pixel = self.in_pixel(m, known)
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
        """Per loop, whether it goes on after the word: at most one does; and ``begin``."""
        config, layer = self.config, self.layer
        steps, inside = {}, self.leaves

        def goes_on(name, last):
            nonlocal inside
            steps[name] = inside & ~last
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
        return {**steps, "pass": inside, "begin": self.load}

    def address(self, m, known):
        """The pixel's: per loop the address at which its round began, one sum for all."""
        layer = self.layer
        loops = [*(PATCH_LOOPS if self.config.shares_words else ()), *PIXEL_LOOPS]
        at = {name: Signal.like(layer.store_base, name=f"at_{name}") for name in loops}
        # A step goes on from where its own loop's round began; its group's, from where the tile's.
        origins = [(at[name], known(f"from_{name}", name)) for name in loops if name != "oy"]
        origins.append((at["oy"], known("from_oy", "oy", "group")))
        origins.append((layer.store_base, known("from_base", "pass", "begin")))
        deltas = [(layer[f"store_{name}"], known(f"by_{name}", name)) for name in loops]
        following = Signal.like(layer.store_base)
        m.d.comb += following.eq(self.one_of(origins) + self.one_of(deltas))
        for i, name in enumerate(loops):
            outer = [*loops[i:], "pass", "begin"]
            if name in PATCH_LOOPS:
                outer.append("group")
            with m.If(known(f"moves_{name}", *outer)):
                m.d.sync += at[name].eq(following)
        return at[loops[0]]

    def in_pixel(self, m, known):
        """The word of L within its pixel, counted from where the group's, or the pass's, are."""
        layer, config = self.layer, self.config
        word, group, pass_ = (
            Signal.like(layer.store_words, name=f"{name}_word")
            for name in ("this", "group", "pass")
        )
        tile = [*PIXEL_LOOPS, "pass"]
        origins = [
            (word, known("from_word", "chunk")),
            (group, known("from_group", *PATCH_LOOPS, "group")),
            (pass_, known("from_pass", *tile)),
        ]
        deltas = [
            (C(1), known("by_word", "chunk")),
            (C(config.cols // config.post_lanes), known("by_group", "group")),
            (layer.store_pass, known("by_pass", "pass")),
        ]
        following = Signal.like(layer.store_words)
        m.d.comb += following.eq(self.one_of(origins) + self.one_of(deltas))
        for signal, when in (
            (word, ["chunk", *PATCH_LOOPS, "group", *tile, "begin"]),
            (group, ["group", *tile, "begin"]),
            (pass_, ["pass", "begin"]),
        ):
            with m.If(known(f"moves_{signal.name}", *when)):
                m.d.sync += signal.eq(following)
        return word

    @staticmethod
    def one_of(choices):
        """Of (value, whether), at most one of which is chosen; else 0."""
        result = C(0, 0)
        for value, chosen in choices:
            result = result | Mux(chosen, value, 0)
        return result
