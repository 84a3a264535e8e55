"""Writes results into the activation memory, where the next layer reads them."""

from amaranth.hdl import *

from convolith.hw.cells.copies import copies
from convolith.hw.sequencer.countdown import Countdown
from convolith.hw.store.store_tile import StoreChoice
from convolith.hw.store.store_tiles import StoreTiles
from convolith.model.options.config import ArrayConfig

__all__ = ["ResultStore"]


class ResultStore(Elaboratable):
    """Writes the words that come from the lanes in the order (tile, lane group, i, j, words of L).

    Words beyond the layer's channels are not written. Latency: a word is at the port two cycles
    after ``written``. Throughput: a word per cycle; between a tile's first row and the next tile
    there must be STORE_GAP (2) cycles (`StoreTiles`). Reset: nothing is written.

        cycle        0          1                  2
        written      *
        steps        decoded
        address                 this word's        next word's
        port                                       this word

    In cycle 0 the loops say which of them goes on after the word. Registers take this, one for each
    thing that it chooses, as they lie far apart (``known``). In cycle 1 the address registers still
    have this word's place, and the sum for the next word is taken.

    Parameters
    ----------
    config : ArrayConfig
    layer : register_layout(config)
        Stable until the layer's last results are out.
    start : Value
        A layer begins.
    written : Value
        There is a word.
    word : Value
        L activations.
    port : WritePort
    flows : list of DenseDataflow
    """

    def __init__(self, config: ArrayConfig, layer, *, start, written, word, port, flows=()):
        self.config, self.layer, self.start = config, layer, start
        self.written, self.word, self.port, self.flows = written, word, port, flows

    def elaborate(self, platform):
        m = Module()
        config, layer, port = self.config, self.layer, self.port
        begin = Signal()
        m.submodules.tiles = tiles = StoreTiles(config, layer, start=self.start, begin=begin,
                                             flows=self.flows)
        steps = self.steps(m, tiles, begin)

        def known(name, *when):
            """Whether one of these loops goes on: a register, a cycle after ``written``."""
            taken = Cat(steps[step] for step in when if step in steps).any()
            return copies(m, platform, taken, 1, name=name)[0]

        written, word = Signal(), Signal(len(self.word), reset_less=True)
        m.d.sync += [written.eq(self.written & layer.store), word.eq(self.word)]
        address = self.address(m, known, tiles)
        in_pixel = self.in_pixel(m, known, tiles)
        unit = Signal.like(layer.store_base)
        m.d.comb += unit.eq(address + in_pixel)
        banks, bits = config.act_banks, (config.act_banks - 1).bit_length()
        wanted = written & (in_pixel < layer.store_words)
        m.d.sync += [
            port.en.eq(Cat(wanted & (unit[:bits] == bank) for bank in range(banks))),
            port.address.eq(unit[bits:]),
            port.data.eq(word),
        ]
        return m

    def steps(self, m, tiles, begin):
        """For each loop whether it goes on after this word, and ``begin``: the next tile begins.

        At most one of them holds.
        """
        layer = self.layer
        # If the next tile is not known yet when a tile ends, the loops wait for it. So do they
        # before the first tile.
        waiting, late = Signal(), Signal()
        m.d.comb += late.eq(waiting & tiles.ready)
        line = Signal.like(tiles.line)
        with m.If(begin):
            m.d.sync += line.eq(tiles.line)
        loops: dict[str, tuple[Value, ...]] = {
            "chunk": (layer.chunks - 1,), "j": (tiles.line, line)
        }
        for flow in self.flows:
            loops = flow.store_loops(m, loops, tiles, begin)
        lasts = {name: Signal(name=f"last_{name}") for name in loops}
        names = list(loops)
        # A pair has the count of the next tile and of this one. A loop that restarts while all
        # loops around it are in their last round restarts for the next tile.
        counts = {
            name: Mux(Cat(lasts[of] for of in names[i + 1 :]).all() | late, *count)
            if len(count) == 2 else count[0]
            for i, (name, count) in enumerate(loops.items())
        }
        steps, inside = {}, self.written
        for name in loops:
            m.submodules[name] = loop = Countdown(
                Value.cast(counts[name]).as_signed(), late, inside
            )
            m.d.comb += lasts[name].eq(loop.last)
            steps[name] = inside & ~loop.last
            inside = inside & loop.last
        m.d.comb += begin.eq(late | (inside & tiles.ready))
        with m.If(self.start | (inside & ~tiles.ready)):
            m.d.sync += waiting.eq(1)
        with m.Elif(late):
            m.d.sync += waiting.eq(0)
        return {**steps, "begin": begin}

    def address(self, m, known, tiles):
        """The address of the word's pixel. One adder serves the steps of all loops.

        Its origin is this pixel, or the beginning of its line or tile; or the next tile.
        """
        layer = self.layer
        pixel = Signal.like(layer.store_base, name="pixel_address", reset_less=True)
        choice = StoreChoice(
            origins=[
                (pixel, known("from_pixel", "j")), (tiles.address, known("from_next", "begin"))
            ],
            deltas=[(layer.store_j, known("by_pixel", "j"))],
            moved=[(pixel, known("moves_pixel", "j", "i", "group", "begin"))],
        )
        for flow in self.flows:
            choice = flow.store_address(known, choice)
        self.move(m, choice)
        return pixel

    def in_pixel(self, m, known, tiles):
        """The number of the word within its pixel, counted from the lane group's first word."""
        layer, config = self.layer, self.config
        word, first = (
            Signal.like(layer.store_words, name=f"{name}_word") for name in ("this", "first")
        )
        per_group = config.cols // config.post_lanes
        self.move(m, StoreChoice(
            origins=[
                (word, known("from_word", "chunk")),
                (first, known("from_first", "j", "i", "group")),
                (tiles.word, known("from_pass", "begin")),
            ],
            deltas=[(C(1), known("by_word", "chunk")), (C(per_group), known("by_group", "group"))],
            moved=[
                (word, known("moves_word", "chunk", "j", "i", "group", "begin")),
                (first, known("moves_first", "group", "begin")),
            ],
        ))
        return word

    @staticmethod
    def move(m: Module, choice: StoreChoice) -> None:
        """Moves registers to the sum of the chosen origin and the chosen delta."""

        def chosen(terms):
            result = C(0, 0)
            for value, when in terms:
                result = result | Mux(when, value, 0)
            return result

        following = Signal.like(choice.moved[0][0])
        m.d.comb += following.eq(chosen(choice.origins) + chosen(choice.deltas))
        for signal, when in choice.moved:
            with m.If(when):
                m.d.sync += signal.eq(following)
