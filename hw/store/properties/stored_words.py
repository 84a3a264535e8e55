"""`ResultStore` against nested loops over passes, patches, lane groups, lines, pixels and words."""

from typing import Any

from amaranth.hdl import *

from convolith.hw.cells.delay import delayed
from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.layouts.registers import register_layout
from convolith.hw.ports import WritePort
from convolith.hw.properties.layers import Layers, is_of_kind
from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.hw.store.store import ResultStore
from convolith.model.dataflow.exits import STORE_GAP
from convolith.model.options.config import ArrayConfig

__all__ = ["StoredWords"]

STORE, TILES, WALK, SHARED = (
    "hw.store.store", "hw.store.store_tiles", "hw.dataflow.shared.patch_walk",
    "hw.dataflow.shared.dataflow",
)
ARRAYS: dict[str, dict[str, Any]] = {
    "dense": {"rows": 3, "cols": 2, "lanes": 2, "depthwise": False},
    "shared": {"rows": 4, "cols": 2, "lanes": 4},
    "groups": {"rows": 4, "cols": 2, "dot": 2, "lanes": 8},
}
PATCHES = ("oy", "ox", "n")
"""Loops over patches, the innermost first."""

BEHIND = 2  # cycles after a layer's last word in which no other layer starts
KNOWN = 3  # cycles from the beginning of a tile to the place of the next one


class StoredWords(Property):
    """Words come when they like, but for the first ones of tiles, which keep STORE_GAP.

    ``layer`` is the layer's dataflow, one of those that the array has. A plain layer's passes are
    one tile each.
    """

    name = "stored_words"
    says = ("each word of results is written two cycles later, in the bank and at the address that "
            "counters times strides give for its pixel, and words beyond the layer's channels are "
            "not written")
    sizes = [
        {"array": array, "layer": layer, "addr_bits": addr_bits}
        for addr_bits in (5, 20)
        for array, layer in (("dense", "plain"), ("shared", "plain"), ("shared", "shared"),
                             ("groups", "plain"), ("groups", "shared"))
    ]
    fast = [{"array": "dense", "layer": "plain", "addr_bits": 5},
            {"array": "groups", "layer": "shared", "addr_bits": 5}]
    method = Induction(k=1, traces=26)
    planted = (
        Planted(STORE, "in_pixel < layer.store_words", "in_pixel <= layer.store_words"),
        Planted(STORE, "self.written & layer.store", "self.written"),
        Planted(STORE, "unit[:bits] == bank", "unit[:bits] != bank"),
        Planted(STORE, "word.eq(self.word)", "word.eq(word)"),
        Planted(STORE, '"j": (tiles.line, line)', '"j": (line, tiles.line)',
                at={"layer": "shared"}),
        Planted(STORE, 'known("from_first", "j", "i", "group")',
                'known("from_first", "i", "group")'),
        Planted(STORE, "begin.eq(late | (inside & tiles.ready))", "begin.eq(late | inside)"),
        Planted(STORE, "with m.If(self.start | (inside & ~tiles.ready)):",
                "with m.If(self.start):", at={"layer": "shared"}, slow=True),
        Planted(TILES, "self.word + layer.store_pass", "self.word + layer.store_words"),
        Planted(TILES, "~(self.begin | self.start | changes)", "~(self.begin | self.start)",
                at={"layer": "shared"}),
        Planted(WALK, "end & ~last & ~self.start", "end & ~last", at={"layer": "shared"},
                slow=True),
        Planted(WALK, "moves = moves | step", "moves = step", at={"layer": "shared"}),
        Planted(WALK, "Mux(last_y, layer.last_j, layer.patch_j)",
                "Mux(last_x, layer.last_j, layer.patch_j)", at={"layer": "shared"}, slow=True),
        Planted(SHARED, '(line, known("moves_line", "i", "group", "begin"))',
                '(line, known("moves_line", "i", "begin"))',
                at={"array": "groups", "layer": "shared"}, slow=True),
        Planted(SHARED, "(self.layer.store_i, known", "(self.layer.store_j, known",
                at={"layer": "shared"}, slow=True),
    )

    def build(self, m, platform):
        self.config = config = ArrayConfig(
            post_lanes=1, store_results=True, act_bits=2, act_words=16, weight_words=16,
            bias_words=2, size_bits=4 if self.size["addr_bits"] < 8 else 16,
            addr_bits=self.size["addr_bits"], **ARRAYS[self.size["array"]],
        )
        self.shared = self.size["layer"] == "shared"
        self.layer = layer = self.free(register_layout(config), "layer")
        self.start, self.written = start, written = self.free(1, "start"), self.free(1, "written")
        word = self.free(config.post_lanes * config.act_bits, "word")
        port = WritePort(config.addr_bits, config.act_banks, len(word)).create(path=("port",))
        store = ResultStore(config, layer, start=start, written=written, word=word, port=port,
                            flows=dataflows(config, layer))
        self.inside = Opened(m, "store", store, platform)
        again = self.before(m, written & ~ResetSignal(), "again")
        self.current = Layers(
            self, m, registers=layer, start=start, needed=written | again, kind=self.kind(),
        ).current
        self.count_tiles(m)
        self.count_words(m)
        self.assume_pace(m)

        # A word that no reset has dropped, a cycle later and two cycles later.
        came = self.before(m, written & self.current & ~ResetSignal(), "came")
        left = self.before(m, came & ~ResetSignal(), "left")
        self.old = old = {name: self.before(m, value, f"{name}_before") for name, value in {
            **self.at, "data": word, "wanted": written & layer.store & ~ResetSignal(),
        }.items()}
        unit = (old["pixel"] + old["word"])[: len(layer.store_base)]
        wanted = old["wanted"] & (old["word"] < layer.store_words)
        bits = (config.act_banks - 1).bit_length()
        banks = Cat(wanted & (unit[:bits] == bank) for bank in range(config.act_banks))
        self.claim("a word is written in its bank, if it is one of the layer's",
                   ~left | (port.en == self.before(m, banks, "banks")))
        self.claim("a word is written at its address, unchanged", ~left | ~port.en.any() | (
            Cat(port.address, port.data)
            == self.before(m, Cat(unit[bits:], old["data"]), "unit")))
        self.claim("nothing is written without a word",
                   ~self.before(m, ~old["wanted"], "none") | ~port.en.any())
        self.relate_words(came)
        self.relate_tiles()
        self.reach("a pixel of the second pass is written", left & (port.en != 0) & (
            self.counts["chunk"] != 0) & (self.next["pass"] == 2))
        if self.shared:
            self.reach("a patch has two lines", self.current & written & (self.counts["i"] == 1))
            self.reach("a tile waits for its place", self.waits & ~self.fresh)

    def kind(self) -> Value:
        """Layers of which something is claimed."""
        layer, config = self.layer, self.config
        counts = [layer.last_j]
        if config.shares_words:
            counts += [layer.last_i, layer.patch_i, layer.patch_j]
            counts += [layer[f"{loop}_count"] for loop in PATCHES]
        kind = is_of_kind(layer, self.size["layer"]) & (layer.chunks < config.chunks)
        if config.shares_words and not self.shared:
            kind = kind & (layer.last_i == -1)
        return kind & Cat(count >= -1 for count in counts).all()

    def count_tiles(self, m):
        """The tile that begins next, and the one that has begun: patches, passes, addresses."""
        layer, start = self.layer, self.start
        self.begin = begin = self.inside["begin"]
        self.age = age = Signal(range(KNOWN + 1), init=KNOWN - 1)  # cycles since a tile began
        m.d.sync += age.eq(Mux(start | begin, 1, Mux(age == KNOWN, age, age + 1)))
        self.begun = delayed(m, begin, 1, name="begun")[-1]
        shapes = {"pass": 4, "word": len(layer.store_words), "n": 0, "ox": 0, "oy": 0}
        if self.shared:
            shapes |= {loop: len(layer[f"{loop}_count"]) for loop in PATCHES}
        shapes |= {f"at_{loop}": len(layer.store_base) for loop in PATCHES}
        self.next, self.tile = (
            {name: Signal(bits, name=f"{which}_{name}") for name, bits in shapes.items()}
            for which in ("next", "tile")
        )
        with m.If(begin):
            m.d.sync += [self.tile[name].eq(value) for name, value in self.next.items()]
            m.d.sync += [self.next[name].eq(value)
                         for name, value in self.following(self.next).items()]
        with m.If(start):
            m.d.sync += [self.next[name].eq(0) for name in ("pass", "word", *PATCHES)]
            m.d.sync += [self.next[f"at_{loop}"].eq(layer.store_base) for loop in PATCHES]
        self.lines = {"j": layer.last_j, "i": C(-1, signed(2))}  # of the next tile, minus two
        if self.shared:
            self.lines = {"j": Mux(self.ends(self.next, "oy"), layer.last_j, layer.patch_j),
                          "i": Mux(self.ends(self.next, "ox"), layer.last_i, layer.patch_i)}

    def ends(self, tile, loop: str) -> Value:
        """The tile is in the last round of a loop over patches."""
        return tile[loop] == (self.layer[f"{loop}_count"] + 1).as_unsigned()

    def following(self, tile) -> dict[str, Value]:
        """The tile after a tile.

        A patch begins a step after the one before, along the innermost loop that goes on. A pass
        begins where the layer does, behind the words of the passes before within each pixel.
        """
        layer = self.layer
        found = {
            "pass": tile["pass"] + 1, "word": tile["word"] + layer.store_pass,
            **dict.fromkeys(PATCHES, C(0, 1)),
            **{f"at_{loop}": layer.store_base for loop in PATCHES},
        }
        for number, loop in reversed(list(enumerate(PATCHES)) if self.shared else ()):
            address = tile[f"at_{loop}"] + layer[f"store_{loop}"]
            stepped = {
                **tile, **dict.fromkeys(PATCHES[:number], C(0, 1)), loop: tile[loop] + 1,
                **{f"at_{inner}": address for inner in PATCHES[: number + 1]},
            }
            ends = self.ends(tile, loop)
            found = {name: Mux(ends, value, stepped[name]) for name, value in found.items()}
        return {name: value[: len(tile[name])] for name, value in found.items()}

    def count_words(self, m):
        """The word that is written next: its numbers, and its place."""
        layer, config, begin, written = self.layer, self.config, self.begin, self.written
        groups = config.lane_groups if self.shared else 1
        self.rounds = {
            name: Signal(Value.cast(value).shape(), name=f"rounds_{name}")
            for name, value in self.lines.items()
        }
        self.lasts = lasts = {
            "chunk": layer.chunks, "j": (self.rounds["j"] + 1).as_unsigned(),
            "i": (self.rounds["i"] + 1).as_unsigned(), "group": C(groups - 1, 2),
        }
        self.counts = {name: Signal(len(last), name=f"plain_{name}")
                       for name, last in lasts.items()}
        self.at = {
            name: Signal(len(layer.store_base), name=f"plain_{name}_address")
            for name in ("pixel", "line", "tile")
        } | {name: Signal(len(layer.store_words), name=f"plain_{name}_word")
             for name in ("word", "first")}
        at, inner, self.goes_on = self.at, written, {}
        with m.If(written):
            m.d.sync += at["word"].eq(at["word"] + 1)
        moves = {
            "j": {"pixel": at["pixel"] + layer.store_j, "word": at["first"]},
            "group": {"first": (first := at["first"] + config.cols // config.post_lanes),
                      "word": first, "line": at["tile"], "pixel": at["tile"]},
        }
        if self.shared:
            line = at["line"] + layer.store_i
            moves["i"] = {"line": line, "pixel": line, "word": at["first"]}
        for name, last in lasts.items():
            goes_on = inner & (self.counts[name] != last)
            with m.If(goes_on):
                m.d.sync += self.counts[name].eq(self.counts[name] + 1)
                m.d.sync += [at[of].eq(value) for of, value in moves.get(name, {}).items()]
            inner = inner & (self.counts[name] == last)
            with m.If(inner):
                m.d.sync += self.counts[name].eq(0)
            if name == "chunk":
                row_end = inner
        self.tile_end = inner
        self.row_end = row_end & ~Cat(self.counts[name] for name in ("j", "i", "group")).any()
        with m.If(begin):
            m.d.sync += [count.eq(0) for count in self.counts.values()]
            m.d.sync += [at[name].eq(self.next["at_oy"]) for name in ("pixel", "line", "tile")]
            m.d.sync += [at[name].eq(self.next["word"]) for name in ("word", "first")]
            m.d.sync += [self.rounds[name].eq(value) for name, value in self.lines.items()]
        # The words wait for a tile's place: from the layer's start, or from a tile's end.
        self.waits, self.fresh = Signal(name="waits"), Signal(name="fresh")
        m.d.sync += [
            self.waits.eq(self.start | ((self.waits | self.tile_end) & ~begin)),
            self.fresh.eq(self.start | (self.fresh & ~begin)),
        ]

    def assume_pace(self, m):
        """Words come late enough for the places of tiles."""
        first = self.waits | ~Cat(self.counts.values()).any()
        self.ended = delayed(m, self.row_end, STORE_GAP, name="ended")[1:]
        self.starts = delayed(m, self.start, KNOWN, name="starts")[1:]
        self.assume("between the first rows of two tiles lie STORE_GAP cycles: `streams`",
                    ~(self.current & self.written & first) | ~Cat(self.ended).any())
        came = self.came = delayed(m, self.written, BEHIND, name="written")
        self.assume("a layer starts when the results of the one before have been stored: "
                    "`registers_stay`", ~self.start | ~Cat(came).any())
        self.assume("a layer's first results take longer than that, and so does a layer without",
                    ~(self.written | self.start) | ~Cat(self.starts).any())
        empty, current = ~Cat(self.counts.values()).any(), self.current
        self.claim("no word comes before its tile's place", ~(current & self.written) | ~self.waits)
        self.claim("at the layer's start it is long until the first word", ~(current & self.fresh)
                   | (self.waits & Cat(
                       was & (self.age == cycles) for cycles, was in enumerate(self.starts, 1)
                   ).any()))
        self.claim("only short tiles wait", ~(current & self.waits) | self.fresh
                   | (self.ended[0] & (self.age >= 2)) | (self.ended[1] & (self.age >= 3)))
        self.claim("a tile begins with its first word",
                   ~current | self.fresh | (self.age != 1) | (empty & ~self.waits))
        self.claim("a tile's first row begins with it", ~current | self.fresh | (self.age != 2)
                   | empty | self.ended[0] | ((self.counts["chunk"] == 1) & ~Cat(
                       self.counts[name] for name in ("j", "i", "group")).any()))

    def relate_words(self, came):
        """How the registers of words hang together: what induction must know beside the claims."""
        layer, config, inside, at = self.layer, self.config, self.inside, self.at
        here = self.current & ~self.waits
        # Of three signals without a name the second says that the loops wait.
        self.claim("the loops wait for the next tile",
                   ~self.current | (inside.only("$signal", 1, 3) == self.waits))
        counts = {"chunk": layer.chunks - 1, "j": self.rounds["j"]}
        if config.shares_words:
            counts["i"] = self.rounds["i"]
        if config.lane_groups > 1:
            counts["group"] = C(config.lane_groups - 2 if self.shared else -1, signed(3))
        for name, count in counts.items():
            self.claim(f"the register of {name} holds the rounds that remain",
                       ~here | (inside[f"{name}.remaining"] == count - self.counts[name]))
        for name, last in self.lasts.items():
            self.claim(f"{name} has rounds left", ~here | (self.counts[name] <= last))
        if not self.shared:
            self.claim("a tile is one line", ~here | (self.rounds["i"] == -1))
        lines = {"j": "line", "i": "lines"} if config.shares_words else {"j": "line"}
        for name, register in lines.items():
            self.claim(f"the tile's rounds of {name} are known",
                       ~here | (inside[register] == self.rounds[name]))
            self.claim(f"the tile has a round of {name} or more",
                       ~here | (self.rounds[name] >= -1))
        # The place is a cycle late, by what registers say of the loops.
        pixel, number = (inside.only("following", i, 2) for i in range(2))
        moved = {"pixel": ("pixel_address", pixel, "moves_pixel"),
                 "word": ("this_word", number, "moves_word"),
                 "first": ("first_word", number, "moves_first")}
        if config.shares_words:
            moved |= {"line": ("line_address", pixel, "moves_line"),
                      "tile": ("tile_address", pixel, "moves_tile")}
        for name, (register, following, moves) in moved.items():
            self.claim(f"the place of the {name} follows", ~here | (
                Mux(inside[moves], following, inside[register]) == at[name]))
            self.claim(f"the place of the {name} is known with the word", ~came | (
                inside[register] == self.old[name]))
        self.claim("the word is in a register", ~came | (inside["word"] == self.old["data"]))
        self.claim("it is known whether there is a word",
                   inside.only("$signal", 2, 3) == self.old["wanted"])

    def relate_tiles(self):
        """The same for the registers of tiles."""
        layer, config, inside, current = self.layer, self.config, self.inside, self.current
        age, begun, following, tile = self.age, self.begun, self.next, self.tile
        known = age == KNOWN
        # In all layers: the loops wait no longer than a tile's place takes.
        waiting = self.inside.only("$signal", 1, 3)
        since = [C(0), *self.starts]
        self.claim("the next tile is known so many cycles after this one began",
                   inside["tiles.ready"] == known)
        self.claim("a tile's beginning is known a cycle later", (age != 0)
                   & (inside["tiles.changes"] == (age == 1)) & (inside["tiles.$signal"] == begun)
                   & (~begun | (age == 1)))
        self.claim("the loops wait only for a tile's place", ~waiting | Cat(
            (age == cycles) & (since[cycles] | Cat(self.came[1:cycles]).any())
            for cycles in range(1, KNOWN + 1)).any())
        self.claim("no tile begins while a layer starts", ~(self.start & self.begin))
        self.claim("the next pass's word is known", ~current | (
            inside["tiles.word"] == Mux(begun, tile["word"], following["word"])))
        after = self.following(tile)
        self.claim("the next tile follows the one that has begun", ~current | ~begun | Cat(
            following[name] == after[name] for name in following).all())
        if not self.shared:
            self.claim("every pass begins where the layer does",
                       ~current | (following["at_oy"] == layer.store_base))
        if not config.shares_words:
            return
        patches = {loop: f"tiles.patches.{loop}" for loop in PATCHES}
        counts = {loop: layer[f"{loop}_count"] if self.shared else C(-1, signed(2))
                  for loop in PATCHES}
        steps = {loop: inside[f"tiles.patches.step_{loop}"] for loop in PATCHES}
        restart = inside["tiles.patches.restart"]
        origin, delta = layer.store_base, C(0, len(layer.store_base))
        for loop in PATCHES:
            origin = Mux(steps[loop], inside[f"tiles.patches.at_{loop}"], origin)
            delta = Mux(steps[loop], layer[f"store_{loop}"], delta)
        later = (origin + delta)[: len(layer.store_base)]
        quiet = ~(restart | Cat(steps.values()).any())
        self.claim("no loop over patches goes on when the next tile is known",
                   ~current | ~(known | begun) | quiet)
        moves, inner = restart, C(1)
        for loop in reversed(PATCHES):
            moves = moves | steps[loop]
            at = inside[f"tiles.patches.at_{loop}"]
            self.claim(f"the address of {loop} follows", ~current | Mux(
                begun, at == tile[f"at_{loop}"], Mux(moves, later, at) == following[f"at_{loop}"]))
        for loop, path in patches.items():
            remaining, count = inside[f"{path}.remaining"], counts[loop]
            number = Mux(begun, tile[loop], following[loop])
            self.claim(f"the register of {loop} holds the rounds that remain",
                       ~current | (remaining == count - number))
            self.claim(f"{loop} has rounds left", ~current | (
                (following[loop] <= (count + 1).as_unsigned())
                & (~begun | (tile[loop] <= (count + 1).as_unsigned()))))
            inner = inner & remaining[-1]
            right = ~current | ~(known | begun)
            self.claim(f"the next value of {loop} is known",
                       right | (inside[f"{path}.ahead"] == remaining - 1))
            self.claim(f"it is known whether {loop} ends",
                       right | (inside[f"tiles.patches.last_{loop}"] == inner))
        for name, register in {"j": "line", "i": "lines"}.items():
            self.claim(f"the next tile's rounds of {name} are known", ~current | ~known
                       | (inside[f"tiles.patches.{register}"] == self.lines[name]))
