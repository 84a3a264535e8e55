"""Credits and the output FIFO together: no row is lost, and none overtakes another."""

from itertools import product

from amaranth.hdl import *
from amaranth.lib import stream

from convolith.hw.cells.delay import delayed
from convolith.hw.output.properties.row_number import RowNumber
from convolith.hw.output.result_fifo import ResultFifo, place_bits
from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.hw.sequencer.credits import Credits
from convolith.model.dataflow.cycles import FIFO_LATENCY, output_rows
from convolith.model.dataflow.exits import POST_LATENCY, RESULTS_ROOM
from convolith.model.options.config import ArrayConfig

__all__ = ["Room"]

MOST_ROWS = 8
MOST_DOT = 256  # of `ArrayConfig`
LEAST_TILES = 3  # for which there is room, however long they are


def depths(rows: int) -> list[int]:
    """The depths of the output FIFO in all arrays with so many rows.

    A depth follows from the levels of the adder tree, from the cycles of the shortest tile, and
    from whether something is added to the sums. Tiles of ``rows`` cycles or more are possible. From
    some length on, the depth stays the same.
    """
    found = set()
    for level, words in product(range(MOST_DOT.bit_length()), (0, 1)):
        beats, depth = rows, 0
        while depth != LEAST_TILES * rows:
            depth = output_rows(ArrayConfig(
                rows=rows, cols=1, dot=1 << level, lanes=beats << level, bias_words=words,
                sum_words=0, depthwise=False,
            ))
            found.add(depth)
            beats += 1
    return sorted(found)


CORES = [{"rows": rows, "depth": depth} for rows in range(1, MOST_ROWS + 1)
         for depth in depths(rows)]
LANES = [size for size in (
    {"rows": 1, "depth": latency + RESULTS_ROOM} for latency in POST_LATENCY.values()
) if size not in CORES]


class Room(Property):
    """Rows are numbered as they come, and must leave in that order.

    Tiles take room when they like, their rows come or are dropped when they like, and rows are
    taken when they like. The FIFO does not look at the bits of a row. So it is enough that the rows
    inside have different numbers.
    """

    name = "room"
    says = ("room is never lost, the output FIFO never overflows, and rows leave in order, after "
            "FIFO_LATENCY cycles or when they are taken, and unchanged")
    sizes = [{**size, "late": late} for size in CORES for late in (0, 1)] + [
        {**size, "late": 0} for size in LANES
    ]
    fast = [{"rows": 1, "depth": 7, "late": 0}, {"rows": 3, "depth": 12, "late": 1},
            {"rows": 8, "depth": 24, "late": 0}, {**LANES[-1], "late": 0}]
    method = Induction(k=1)
    planted = (
        Planted("hw.sequencer.credits", "depth - rows + 1), init=depth - rows)",
                "depth + 1), init=depth - rows + 1)"),
        Planted("hw.sequencer.credits", "self.sent + self.dropped", "self.sent | self.dropped"),
        Planted("hw.sequencer.credits", "Mux(self.take, self.rows, 0)",
                "Mux(self.take & ~back[0], self.rows, 0)"),
        Planted("hw.sequencer.credits", "self.room = ~self.spare[-1]",
                "self.room = self.spare >= -1"),
        Planted("hw.output.result_fifo", "read.eq(~spare[-1] & (~filled | ~self.valid | self.ready",
                "read.eq(~spare[-1] & (~filled | self.ready"),
        Planted("hw.output.result_fifo", "leave.eq(~self.valid | self.ready)", "leave.eq(1)"),
        Planted("hw.output.result_fifo", "spare + self.write - read)",
                "spare + (self.write & ~read))"),
        Planted("hw.output.result_fifo", "place.eq(place + 1)", "place.eq(place ^ 1)",
                at={"depth": 5}),
        Planted("hw.output.result_fifo", "with m.If(self.write ^ read)",
                "with m.If(self.write | read)", at={"late": 1}),
        Planted("hw.output.result_fifo", "with m.If(read | leave):", "with m.If(leave):"),
    )

    @property
    def traces(self):
        return self.size["depth"] // self.size["rows"] + 8  # until there is no room

    def build(self, m, platform):
        rows, depth = self.size["rows"], self.size["depth"]
        wants, comes, dropped = (self.free(1, name) for name in ("wants", "comes", "dropped"))
        ready = self.free(1, "ready")
        take, drop, sent = (Signal(name=name) for name in ("take", "drop", "sent"))
        write = self.before(m, comes & ~ResetSignal(), "write")
        places = 1 << place_bits(depth)
        newest = RowNumber.register(m, "newest", places, write)
        oldest = RowNumber.register(m, "oldest", places, sent)
        count = newest.since(oldest)
        coming = Signal(range(depth + 1))  # rows that have room and have not come yet
        o = stream.Signature(len(newest.word)).create()
        late = bool(self.size["late"])
        fifo = Opened(
            m, "fifo", ResultFifo(depth, i=newest.word, comes=comes, o=o, late=late), platform
        )
        credits = Credits(rows, depth, take=take, sent=sent, dropped=drop)
        back = Opened(m, "credits", credits, platform)["back"]
        self.assume("a row that comes has taken its room", ~write | (coming != 0))
        self.claim("a row that comes is written", fifo["write"] == write)
        m.d.comb += [
            o.ready.eq(ready), take.eq(wants & credits.room), sent.eq(o.valid & o.ready),
            drop.eq(dropped & (coming != 0) & ~write),
        ]
        m.d.sync += coming.eq(coming + Mux(take, rows, 0) - (write | drop))
        self.claim("room that is taken is given back",
                   credits.spare == depth - rows - coming - count - back)
        self.claim("there is room for the rows inside and those to come",
                   (count >= 0) & (coming + count <= depth))
        self.claim("the row that leaves is the oldest", ~o.valid | (o.payload == oldest.word))
        # Rows that were written FIFO_LATENCY cycles ago, or earlier, are not among these.
        young = delayed(m, write, FIFO_LATENCY - 1, name="young")[1:]
        self.claim("a row is at the output FIFO_LATENCY cycles after it was written, or when the "
                   "one before has left", o.valid == (count > sum(young)))
        waits, before = Signal(), Signal.like(o.payload)
        m.d.sync += [waits.eq(o.valid & ~o.ready), before.eq(o.payload)]
        self.claim("a row that waits stays", ~waits | (o.valid & (o.payload == before)))
        self.claim("the memory's register takes a row a cycle earlier than the output",
                   fifo["slice_0.filled"] == (count > o.valid + young[0]))
        self.relate(m, fifo, o, oldest=oldest, newest=newest, write=write)
        self.reach("no room is left", ~credits.room)
        self.reach("a row waits", o.valid & ~o.ready & (count > 2))
        self.reach("a row leaves while one is dropped", sent & drop)

    def relate(self, m, fifo, o, *, oldest, newest, write):
        """How the FIFO's registers hang together: what induction must know beside the claims."""
        depth = self.size["depth"]
        spare, filled = fifo["slice_0.spare"], fifo["slice_0.filled"]
        written, wanted = (fifo.only("slice_0.place", i, 2) for i in range(2))
        following = oldest.plus(o.valid)  # the row behind the output's
        stored = following.plus(filled)  # the oldest one in the memory
        first = Signal(init=1)  # no place has been written twice
        m.d.sync += first.eq(first & ~newest.plus(write).odd)
        self.claim("the level is that of the memory", spare + 1 == newest.since(stored))
        self.claim("no level is negative", (spare >= -1) & (spare < depth))
        self.claim("a row's number says where it is written and read",
                   (written == newest.place) & (wanted == stored.place))
        self.claim("the first round is an even one", ~first | ~(newest.odd | oldest.odd))
        self.claim("the memory's register has the next row",
                   ~filled | (fifo["slice_0.rows.wanted__data"] == following.word))
        for place in range(newest.depth):
            odd = newest.odd ^ (newest.place <= place)
            unused = first & (newest.place <= place)
            self.claim(f"place {place} has the last row that was written there",
                       unused | (fifo[f"slice_0.rows.word_{place}"]
                                 == Cat(C(place, len(newest.place)), odd)))
