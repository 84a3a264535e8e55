"""`PostStage`: rows and results leave in order and unchanged, and the lanes get what they need."""

from types import SimpleNamespace

from amaranth.hdl import *
from amaranth.lib import stream

from convolith.hw.cells.delay import bundle, delayed
from convolith.hw.cells.parts import parts_of
from convolith.hw.layouts.registers import register_layout
from convolith.hw.layouts.rows import results_layout, sums_layout, tagged_layout
from convolith.hw.output.result_fifo import place_bits
from convolith.hw.ports import WritePort
from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.hw.requantize.lane import PARAMETERS_AT
from convolith.hw.requantize.processor import parameters_layout
from convolith.hw.requantize.stage import PostStage
from convolith.model.dataflow.cycles import MEMORY_LATENCY
from convolith.model.dataflow.exits import POST_LATENCY, RESULTS_ROOM, STORE_GAP
from convolith.model.options.config import ArrayConfig

__all__ = ["Streams"]

STAGE, PROCESSOR = "hw.requantize.stage", "hw.requantize.processor"
PLAIN = {"mode": "tflite", "cols": 1, "lanes": 1, "gated": 0, "stored": 0}
CHUNKS = {**PLAIN, "cols": 2}
STORED = {**CHUNKS, "stored": 1}
GATED = {**CHUNKS, "gated": 1}


class Streams(Property):
    """Rows come from the output FIFO, to be requantized or not, and both streams wait as they like.

    ``gated``: the lanes' clock stands still, when it likes, in cycles without ``active``.
    ``stored``: results can be stored, so that rows wait for each other. Where they are stored is
    the matter of `stored_words`.

    `room` says that the FIFO keeps the rule of streams, `parameter_words` which word a row needs,
    and `lane` what a lane computes: here its scaled number is taken as it is.
    """

    name = "streams"
    says = ("rows leave `o` as they came; what waits at `o` or `results` stays; the lanes take the "
            "chunks of a row in order, each with its parameters; results leave in that order, with "
            "the last one marked, and there is room for them; the stage is busy until then")
    sizes = [
        {"mode": mode, "cols": cols, "lanes": lanes, "gated": gated, "stored": stored}
        for mode in POST_LATENCY
        for cols, lanes, gated, stored in (
            (1, 1, 0, 0), (2, 1, 0, 0), (4, 2, 0, 0), (2, 1, 1, 0), (2, 1, 0, 1))
        if mode == "tflite" or stored
    ]
    fast = [PLAIN, CHUNKS]
    method = Induction(k=1)
    planted = (
        Planted(STAGE, "o.payload.eq(head.row)", "o.payload.eq(~Value.cast(head.row))", at=PLAIN),
        Planted(STAGE, "i.valid & ~head.requantize", "i.valid", at=PLAIN),
        Planted(STAGE, "Mux(head.requantize, post.ready, o.ready)", "post.ready | o.ready",
                at=PLAIN),
        Planted(STAGE, "m.d.sync += room.eq(credits.spare > 0)",
                "m.d.sync += room.eq(credits.spare >= 0)", at=PLAIN, at_end=True, slow=True),
        Planted(STAGE, "take=post.going, sent", "take=post.take, sent", at=CHUNKS),
        Planted(STAGE, "comes=post.comes, o=results", "comes=post.going, o=results", at=PLAIN),
        Planted(STAGE, "given = Cat(*post.activations, post.out_last)",
                "given = Cat(*post.activations, ~post.out_last)", at=PLAIN, at_end=True,
                slow=True),
        Planted(STAGE, "with m.If(self.start & self.layer.requantize):",
                "with m.If(self.start & 0):", at=PLAIN),
        Planted(STAGE, "with m.Elif(post.written & post.out_last):", "with m.Elif(post.written):",
                at=PLAIN, at_end=True, slow=True),
        Planted(STAGE, "word.take.eq(post.take)", "word.take.eq(post.going)", at=CHUNKS),
        Planted(STAGE, "~Cat(taken).any()", "~taken[0]", at=STORED),
        Planted(STAGE, "Mux(head.moves, late, room)", "room", at=STORED),
        Planted(PROCESSOR, "self.valid & self.room", "self.valid", at=PLAIN, at_end=True,
                slow=True),
        Planted(PROCESSOR, "Array(parts)[chunk]", "Array(parts)[0]", at=CHUNKS),
        Planted(PROCESSOR, "self.take & self.last", "self.going & self.last", at=CHUNKS),
        Planted(PROCESSOR, "going[wait]", "going[wait - 1]", at=PLAIN),
        Planted(PROCESSOR, "Mux(ends, 0, chunk + 1)", "chunk + 1", at=CHUNKS),
        Planted(PROCESSOR, "self.config.chunks + chunk)", "self.config.chunks)", at=CHUNKS),
        Planted(PROCESSOR, "slice(i * config.acc_bits,", "slice(0,", at={"lanes": 2}),
        Planted(PROCESSOR, "Cat(flags[:-1]).any()", "Cat(flags[1:]).any()", at=GATED),
    )

    def __init__(self, size):
        super().__init__(size)
        parts = ("scale", "round") if size["mode"] == "float32" else ("scale",)
        self.cut = tuple(
            f"stage.processor.lane_{i}.{part}" for i in range(size["lanes"]) for part in parts
        )

    @property
    def traces(self):
        return POST_LATENCY[self.size["mode"]] + RESULTS_ROOM + 10  # until there is no room

    def build(self, m, platform):
        size = self.size
        self.config = config = ArrayConfig(
            rows=1, cols=size["cols"], lanes=size["lanes"], acc_bits=8, act_bits=2, addr_bits=8,
            act_words=16, weight_words=16, bias_words=2, sum_words=0, depthwise=False,
            post_lanes=size["lanes"], post_mode=size["mode"], store_results=bool(size["stored"]),
        )
        self.add_stage(m, platform)
        self.assume_inputs(m)
        self.count(m)
        layer, i, o, row, inside = self.layer, self.i, self.given.o, self.row, self.inside
        self.claim("what waits at `o` stays", self.keeps(m, o, "o"))
        self.claim("what waits at `results` stays", self.keeps(m, self.given.results, "results"))
        self.claim("a row is at `o` only if it is not to be requantized",
                   o.valid == (i.valid & ~row.requantize))
        self.claim("a row at `o` is the row that came",
                   ~o.valid | (o.payload.as_value() == row.row.as_value()))
        self.claim("a row that is not requantized leaves the FIFO when it is taken",
                   ~o.valid | (i.ready == o.ready))
        self.claim("a row that is requantized leaves the FIFO with its last chunk",
                   ~(i.valid & row.requantize) | (i.ready == self.take))
        self.claim("the word's number goes on with the row", inside["take"] == self.take)
        self.lanes(m)
        self.results(m)
        self.claim("the stage is busy until the layer's last result", self.stage.busy == self.busy)
        self.reach("a row waits at `o`", o.valid & ~o.ready)
        self.reach("a row has as many chunks as there are columns for",
                   self.take & (self.chunk == config.chunks - 1) & ~row.row.last)
        self.reach("a second layer has begun",
                   self.before(m, self.start & layer.requantize, "again") & self.ended)
        if size["stored"]:
            self.reach("a row waits for the place of the one before", i.valid & row.requantize
                       & row.moves & self.before(m, inside["goes"], "went") & ~inside["goes"])

    def add_stage(self, m, platform):
        """The stage, and its inputs."""
        config, gated = self.config, bool(self.size["gated"])
        self.layer = self.free(register_layout(config), "layer")
        self.start = self.free(1, "start")
        self.i = i = stream.Signature(tagged_layout(config)).create()
        self.row = row = self.free(tagged_layout(config), "row")
        o = stream.Signature(sums_layout(config)).create()
        results = stream.Signature(results_layout(config)).create()
        m.d.comb += [
            i.valid.eq(self.free(1, "row_valid")), i.payload.eq(row),
            o.ready.eq(self.free(1, "o_ready")), results.ready.eq(self.free(1, "results_ready")),
        ]
        parameters = SimpleNamespace(
            en=Signal(name="en"), address=Signal(config.addr_bits, name="address"),
            data=self.free(parameters_layout(config), "data"),
        )
        self.given = SimpleNamespace(
            o=o, results=results, parameters=parameters, gated=gated,
            store=WritePort(config.addr_bits, config.act_banks, config.act_word_bits).create(),
        )
        self.stage = stage = PostStage(config, self.layer, start=self.start, i=i, ports=self.given)
        block: Elaboratable = stage
        if gated:
            # A clock that stands still is an enable of all of its registers.
            runs = self.free(1, "runs")
            block = DomainRenamer({"lanes": "sync"})(EnableInserter({"lanes": runs})(stage))
            self.assume("the lanes' clock runs while it must", runs | ~stage.active)
        self.inside = Opened(m, "stage", block, platform)

    def assume_inputs(self, m):
        """What others keep to. Adds what is known of the layer."""
        layer, i, row, start = self.layer, self.i, self.row, self.start
        self.assume("the FIFO keeps the rule of streams", self.keeps(m, i, "i"))
        # Rows of a layer that is requantized are still to come; results of it are.
        self.running, self.busy, self.ended = Signal(), Signal(), Signal()
        self.assume("rows are requantized in a layer that asks for it",
                    ~(i.valid & row.requantize) | self.running)
        self.assume("a layer starts when the results of the one before have been written",
                    ~(start & self.busy))
        self.assume("registers stay while the stage is busy",
                    ~self.busy | (layer.as_value() == self.before(m, layer, "layer_before")))
        self.assume("a row has no more chunks than there are columns for",
                    layer.chunks < self.config.chunks)

    def count(self, m):
        """The chunk that the lanes take, the flags of those in the lanes, and the layer's state."""
        layer, row = self.layer, self.row
        self.going = going = self.i.valid & row.requantize & self.inside["goes"]
        self.chunk = chunk = Signal(range(self.config.chunks), name="plain_chunk")
        last = chunk == layer.chunks
        self.take = going & last
        with m.If(going):
            m.d.sync += chunk.eq(Mux(last, 0, chunk + 1))
        self.claim("chunks belong to one row", (chunk == 0) | (self.i.valid & row.requantize))
        self.claim("there are as many chunks as a row has", ~self.busy | (chunk <= layer.chunks))
        if self.config.chunks > 1:
            self.claim("the number of the chunk is known", self.inside["processor.chunk"] == chunk)
        ends = self.take & row.row.last
        self.latency = POST_LATENCY[self.size["mode"]]
        self.flags = delayed(m, bundle(going=going, last=ends), self.latency, name="plain")
        written = self.flags[-1]
        # The layer's last result is in the lanes, or has been written.
        leaving = Cat(flag.last for flag in self.flags[1:]).any()
        starts = self.start & layer.requantize
        m.d.sync += [
            self.running.eq(starts | (self.running & ~ends)),
            self.busy.eq(starts | (self.busy & ~(written.going & written.last))),
            self.ended.eq(self.ended | written.last),
        ]
        self.claim("a layer's rows come before its last result", ~self.running | self.busy)
        self.claim("the layer's last result is in the lanes when no row is to come",
                   self.busy == (self.running | leaving))
        self.claim("a last result is the only one, and no row follows it", sum(
            flag.last for flag in self.flags[1:]) + self.running <= 1)
        for t, flag in enumerate(self.flags[1:], start=1):
            self.claim(f"a last result is a result, {t} cycles later", ~flag.last | flag.going)
        for t in range(1, self.latency):
            self.claim(f"none follows the last, {t} cycles later", ~(
                self.flags[t].going & Cat(flag.last for flag in self.flags[t + 1 :]).any()))

    def lanes(self, m):
        """What the lanes get: sums, and parameters."""
        config, inside, mode = self.config, self.inside, self.size["mode"]
        for t, (flag, plain) in enumerate(zip(
            parts_of(inside["processor.flags_delayed"], 2), self.flags[1:], strict=True
        ), start=1):
            self.claim(f"{t} cycles after the lanes took sums, that is known",
                       flag == plain.as_value())
        # The register has the chunk's sums, and a cycle later each lane has one of them.
        sums = self.row.row.as_value()[: config.sums_bits]
        chunk = self.before(m, Array(parts_of(sums, config.post_lanes * config.acc_bits))[
            self.chunk], "plain_sums")
        self.claim("the lanes' register has the chunk",
                   ~self.flags[1].going | (inside["processor.sums"] == chunk))
        for lane, number in enumerate(parts_of(chunk, config.acc_bits)):
            magnitude = self.before(m, abs(number.as_signed())[: config.acc_bits],
                                    f"magnitude_{lane}")
            self.claim(f"lane {lane} has its column's sum of the chunk", ~self.flags[2].going
                       | (inside[f"processor.lane_{lane}.magnitude"] == magnitude))
        # The memory's word comes in the cycle in which the lane, a cycle behind, needs it.
        wait = PARAMETERS_AT[mode] + 1 - MEMORY_LATENCY
        port = self.given.parameters
        address = (inside["word.word"] * config.chunks + self.chunk)[: config.addr_bits]
        wanted = [address, *self.history(m, address, wait, "plain_address")]
        self.claim("parameters are read for each chunk, so that they come with its sums",
                   port.en == self.flags[wait].going)
        later = parts_of(inside["processor.wanted_delayed"], config.addr_bits) if wait else []
        for t, (found, value) in enumerate(zip(later, wanted[1:], strict=True), start=1):
            self.claim(f"the address waits {t} cycles", ~self.flags[t].going | (found == value))
        self.claim("the parameters are those of the row's word and the chunk",
                   ~port.en | (port.address == wanted[-1]))
        if self.size["gated"]:
            self.claim("the lanes are active while they take sums or have some",
                       self.stage.active == Cat(flag.going for flag in self.flags[:-1]).any())

    def results(self, m):
        """The FIFO of results, with one of them that the solver chooses."""
        config, inside, results = self.config, self.inside, self.given.results
        written, inflight = self.flags[-1].going, sum(flag.going for flag in self.flags[1:])
        depth, leaves = self.latency + RESULTS_ROOM, results.valid & results.ready
        count = Signal(range(depth + 1))  # results in the FIFO
        m.d.sync += count.eq(count + written - leaves)
        back, spare = inside["credits.back"], inside["credits.spare"]
        self.claim("room that is taken is given back", spare == depth - 1 - inflight - count - back)
        self.claim("there is room for the results in the lanes and in the FIFO",
                   inflight + count <= depth)
        self.claim("the lanes take sums only if there is room for one more result",
                   ~inside["goes"] | (spare >= 0))
        if config.store_results:
            self.waits(m)
        level, filled = inside["fifo.slice_0.spare"] + 1, inside["fifo.slice_0.filled"]
        self.claim("every result is in one place", count == level + filled + results.valid)
        self.claim("no level is negative", level >= 0)
        write, read = (inside.only("fifo.slice_0.place", n, 2) for n in range(2))

        def place(beyond: Value) -> Value:
            """The place of the memory so many rows beyond the oldest one."""
            return (read + beyond)[: len(read)]

        self.claim("a result that comes is written", inside["fifo.write"] == written)
        self.claim("the next result is written behind the last one", write == place(level))
        chosen, watched = self.free(1, "chosen"), Signal()
        ahead = Signal(range(depth + 1))  # results before the chosen one
        given = Cat((inside[f"processor.lane_{i}.activation"] for i in range(config.post_lanes)),
                    self.flags[-1].last)
        kept = Signal(len(given), reset_less=True)
        takes = written & chosen & ~watched
        gone = watched & leaves & (ahead == 0)
        with m.If(takes):
            m.d.sync += [watched.eq(1), kept.eq(given), ahead.eq(count - leaves)]
        with m.Elif(watched):
            m.d.sync += [watched.eq(~gone), ahead.eq(ahead - leaves)]
        behind = ahead - results.valid - filled
        words = Array(inside[f"fifo.slice_0.rows.word_{i}"] for i in range(1 << place_bits(depth)))
        self.claim("the chosen result is in the FIFO", ~watched | (ahead < count))
        self.claim("results leave in order, as the lanes gave them",
                   ~(watched & results.valid & (ahead == 0))
                   | (results.payload.as_value() == kept))
        self.claim("the memory's register has the chosen result when it is the next",
                   ~(watched & filled & (ahead == results.valid))
                   | (inside["fifo.slice_0.rows.wanted__data"] == kept))
        self.claim("the memory has the chosen result until then",
                   ~watched | (behind < 0) | (words[place(behind)] == kept))
        self.reach("results are in the lanes and in the FIFO", (inflight > 1) & (count > 1))
        self.reach("a result waits", results.valid & ~results.ready)
        self.reach("the chosen result leaves after another one", gone & self.before(
            m, watched & leaves & (ahead == 1), "next"))

    def waits(self, m):
        """Where results are stored, a row that moves comes STORE_GAP cycles after another one."""
        moves = self.row.moves
        moved = self.history(m, self.take & moves & ~ResetSignal(), STORE_GAP, "moved")
        self.claim("a row whose results go elsewhere waits for the place of the one before",
                   ~(self.going & moves) | ~Cat(moved).any())
        self.claim("rows that moved are known", self.inside["taken_delayed"] == Cat(moved[:-1]))
        self.claim("it is known in a register whether they were long ago",
                   ~self.inside["late"] | ~Cat(moved).any())

    def keeps(self, m, port, name):
        """Whether a stream's valid and payload stay until it is ready."""
        held = Cat(port.valid, port.payload)
        waits = Signal(name=f"{name}_waits")
        m.d.sync += waits.eq(port.valid & ~port.ready)
        return ~waits | (held == self.before(m, held, f"{name}_held"))
