"""`PostStage`: the rules of the streams `o` and `results`, and room for the results."""

from types import SimpleNamespace

from amaranth.hdl import *
from amaranth.lib import stream

from convolith.hw.layouts.registers import register_layout
from convolith.hw.layouts.rows import results_layout, sums_layout, tagged_layout
from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.hw.requantize.processor import parameters_layout
from convolith.hw.requantize.stage import PostStage
from convolith.model.dataflow.exits import POST_LATENCY, RESULTS_ROOM
from convolith.model.options.config import ArrayConfig

__all__ = ["Streams"]

BLOCK = "hw.requantize.stage"
SHORT = {"mode": "tflite", "cols": 1}


class Streams(Property):
    """Rows come from the output FIFO, to be requantized or not, and both streams wait as they like.

    `room` says that the FIFO keeps the rule of streams. What the lanes compute does not matter.
    """

    name = "streams"
    says = ("what is valid at `o` and `results` stays as it is until it is taken; each row of sums "
            "goes one way; and the lanes never give more results than there is room for")
    sizes = [
        {"mode": mode, "cols": cols} for mode in ("int32", "float32", "tflite") for cols in (1, 2)
    ]
    fast = [{"mode": "tflite", "cols": 1}, {"mode": "tflite", "cols": 2}]
    method = Induction(k=1, at_end=True)
    cut = ("stage.processor.lane_0",)
    slow_errors = True
    planted = (
        Planted(BLOCK, "i.valid & ~head.requantize", "i.valid", at=SHORT),
        Planted(BLOCK, "Mux(head.requantize, post.ready, o.ready)", "post.ready | o.ready",
                at=SHORT),
        Planted(BLOCK, "m.d.sync += room.eq(credits.spare > 0)",
                "m.d.sync += room.eq(credits.spare >= 0)",
                at=SHORT),
        Planted(BLOCK, "take=post.going, sent", "take=post.take, sent",
                at={"mode": "tflite", "cols": 2}),
        Planted(BLOCK, "write=post.written, o=results", "write=post.going, o=results",
                at=SHORT),
        Planted("hw.requantize.processor", "self.valid & self.room", "self.valid",
                at=SHORT),
    )

    @property
    def traces(self):
        return POST_LATENCY[self.size["mode"]] + RESULTS_ROOM + 10  # until there is no room

    def build(self, m, platform):
        mode = self.size["mode"]
        config = ArrayConfig(
            rows=1, cols=self.size["cols"], acc_bits=8, act_bits=2, addr_bits=8, act_words=16,
            weight_words=16, bias_words=2,
            sum_words=0, post_lanes=1, post_mode=mode, depthwise=False,
        )
        layer = self.free(register_layout(config), "layer")
        i = stream.Signature(tagged_layout(config)).create()
        o = stream.Signature(sums_layout(config)).create()
        results = stream.Signature(results_layout(config)).create()
        parameters = SimpleNamespace(
            en=Signal(name="en"), address=Signal(config.addr_bits, name="address"),
            data=self.free(parameters_layout(config), "data"),
        )
        row = self.free(tagged_layout(config), "row")
        m.d.comb += [
            i.valid.eq(self.free(1, "row_valid")), i.payload.eq(row),
            o.ready.eq(self.free(1, "o_ready")), results.ready.eq(self.free(1, "results_ready")),
        ]
        stage = PostStage(
            config, layer, start=self.free(1, "start"), i=i,
            ports=SimpleNamespace(o=o, results=results, parameters=parameters, gated=False),
        )
        inside = Opened(m, "stage", stage, platform)
        self.assume("the FIFO keeps the rule of streams", self.keeps(m, i, "i"))
        if config.chunks > 1:
            chunk = inside["processor.chunk"]
            self.assume("a row is cut into as many chunks as it has", layer.chunks == 1)
            self.assume("a layer's rows all go the same way", (chunk == 0) | row.requantize)
        self.claim("what waits at `o` stays", self.keeps(m, o, "o"))
        self.claim("what waits at `results` stays", self.keeps(m, results, "results"))
        self.claim("a row is at `o` only if it is not to be requantized",
                   o.valid == (i.valid & ~row.requantize))
        self.claim("a row that is not requantized leaves the FIFO when it is taken",
                   ~o.valid | (i.ready == o.ready))
        latency, depth = POST_LATENCY[mode], POST_LATENCY[mode] + RESULTS_ROOM
        flags = inside["processor.flags_delayed"]
        room = inside["goes"]
        written = flags[2 * (latency - 1)]
        going = self.before(m, i.valid & row.requantize & room & ~ResetSignal(), "going")
        self.claim("the lanes take a row if it is to be requantized and there is room",
                   flags[0] == going)
        inflight = sum(flags[2 * t] for t in range(latency))
        count = Signal(range(depth + 1))  # results in the FIFO
        m.d.sync += count.eq(count + written - (results.valid & results.ready))
        back, spare = inside["credits.back"], inside["credits.spare"]
        self.claim("room that is taken is given back", spare == depth - 1 - inflight - count - back)
        self.claim("there is room for the results in the lanes and in the FIFO",
                   inflight + count <= depth)
        self.claim("room is for one more", ~room | (spare >= 0))
        self.count_agrees(inside, count, results)
        self.reach("results are in the lanes and in the FIFO", (inflight > 1) & (count > 1))
        self.reach("a result waits", results.valid & ~results.ready)
        self.reach("a row waits at `o`", o.valid & ~o.ready)

    def keeps(self, m, port, name):
        """Whether a stream's valid and payload stay until it is ready."""
        held = Cat(port.valid, port.payload)
        waits = Signal(name=f"{name}_waits")
        m.d.sync += waits.eq(port.valid & ~port.ready)
        return ~waits | (held == self.before(m, held, f"{name}_held"))

    def count_agrees(self, inside, count, results):
        """The FIFO's own count: it gives a result only if there is one."""
        inner = (inside["fifo.slice_0.spare"] + 1, inside["fifo.slice_0.filled"], results.valid)
        self.claim("every result is in one place", count == sum(inner))
        self.claim("no level is negative", inside["fifo.slice_0.spare"] >= -1)
