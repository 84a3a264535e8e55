"""Results into the activation memory: where the next layer reads them."""

from amaranth.hdl import *

from convolith.hw.copies import copies
from convolith.hw.countdown import Countdown
from convolith.hw.post.store_tiles import StoreTiles
from convolith.model.config import ArrayConfig

__all__ = ["ResultStore"]


class ResultStore(Elaboratable):
    """Writes the lanes' words, whose order is (tile, lane group, i, j, words of L).

    What a row has beyond the layer's channels is left out. Latency: a word is at the port two
    cycles after it has come. Throughput: a word per cycle, but none for STORE_GAP (3) cycles after
    a tile's last (`StoreTiles`). Reset: nothing is written. A step is decoded into one register per
    thing that it chooses, as they lie far apart.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
        Stable until the layer's last results are out.
    load : Value
        A layer begins.
    written : Value
        A word of L activations, which is
    word : Value
    port : WritePort
    """

    def __init__(self, config: ArrayConfig, layer, *, load, written, word, port):
        self.config, self.layer, self.load = config, layer, load
        self.written, self.word, self.port = written, word, port

    def elaborate(self, platform):
        m = Module()
        config, layer, port = self.config, self.layer, self.port
        tile_end = Signal()
        m.submodules.tiles = tiles = StoreTiles(config, layer, load=self.load, tile_end=tile_end)
        steps = self.steps(m, tiles, tile_end)

        def known(name, *when):
            """Whether one of these steps is taken, a cycle later, with the word."""
            taken = Cat(steps[step] for step in when if step in steps).any()
            return copies(m, platform, taken, 1, name=name)[0]

        written, word = Signal(), Signal(len(self.word), reset_less=True)
        m.d.sync += [written.eq(self.written & layer.store), word.eq(self.word)]
        address = self.address(m, known, tiles)
        in_pixel = self.in_pixel(m, known, tiles)
        unit = Signal.like(layer.store_base)
        m.d.comb += unit.eq(address + in_pixel)
        banks, bits = config.act_banks, (config.act_banks - 1).bit_length()
        there = written & (in_pixel < layer.store_words)
        m.d.sync += [
            port.en.eq(Cat(there & (unit[:bits] == bank) for bank in range(banks))),
            port.address.eq(unit[bits:]),
            port.data.eq(word),
        ]
        return m

    def steps(self, m, tiles, tile_end):
        """Per loop, whether it goes on after the word: at most one does; and ``begin``."""
        config, layer = self.config, self.layer
        counts = {"chunk": layer.chunks - 1} if config.chunks > 1 else {}
        counts["j"] = tiles.line
        if config.shares_words:
            counts["i"] = tiles.lines
        if config.shares_words and config.lane_groups > 1:
            counts["group"] = Mux(layer.depthwise, config.lane_groups - 2, -1)
        steps, inside = {"begin": tiles.begin}, self.written
        for name, count in counts.items():
            m.submodules[name] = loop = Countdown(Value.cast(count), tiles.begin, inside)
            steps[name] = inside & ~loop.last
            inside = inside & loop.last
        m.d.comb += tile_end.eq(inside)
        return steps

    def address(self, m, known, tiles):
        """The pixel's, from where its line, or its tile, begins: one sum for all."""
        layer = self.layer
        pixel, line, tile = (
            Signal.like(layer.store_base, name=f"{name}_address")
            for name in ("pixel", "line", "tile")
        )
        origins = [(pixel, known("from_pixel", "j")), (tiles.address, known("from_next", "begin"))]
        deltas = [(layer.store_j, known("by_pixel", "j"))]
        moved = [(pixel, known("moves_pixel", "j", "i", "group", "begin"))]
        if self.config.shares_words:
            origins += [(line, known("from_line", "i")), (tile, known("from_tile", "group"))]
            deltas.append((layer.store_i, known("by_line", "i")))
            moved.append((line, known("moves_line", "i", "group", "begin")))
            moved.append((tile, known("moves_tile", "begin")))
        self.move(m, moved, origins, deltas)
        return pixel

    def in_pixel(self, m, known, tiles):
        """The word of L within its pixel, counted on from the lane group's first."""
        layer, config = self.layer, self.config
        word, first = (
            Signal.like(layer.store_words, name=f"{name}_word") for name in ("this", "first")
        )
        per_group = config.cols // config.post_lanes
        origins = [
            (word, known("from_word", "chunk")), (first, known("from_first", "j", "i", "group")),
            (tiles.word, known("from_pass", "begin")),
        ]  # fmt: skip
        deltas = [(C(1), known("by_word", "chunk")), (C(per_group), known("by_group", "group"))]
        moved = [
            (word, known("moves_word", "chunk", "j", "i", "group", "begin")),
            (first, known("moves_first", "group", "begin")),
        ]
        self.move(m, moved, origins, deltas)
        return word

    @staticmethod
    def move(m, moved, origins, deltas):
        """Each of ``moved`` (signal, when) to the sum of what is chosen of both."""

        def chosen(choices):
            result = C(0, 0)
            for value, when in choices:
                result = result | Mux(when, value, 0)
            return result

        following = Signal.like(moved[0][0])
        m.d.comb += following.eq(chosen(origins) + chosen(deltas))
        for signal, when in moved:
            with m.If(when):
                m.d.sync += signal.eq(following)
