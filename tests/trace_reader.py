"""Reads traces as docs/watch.md describes them: it shares nothing with what writes them."""

from itertools import accumulate

__all__ = ["TraceReader"]

NONE = -1


class TraceReader:
    """What PEs add and hold, from a trace's JSON."""

    def __init__(self, document):
        self.document = document
        array, beats, tiles = document["array"], document["beats"], document["tiles"]
        self.rows, self.cols, self.dot = array["rows"], array["cols"], array["dot"]
        self.first, self.last = document["window"]
        self.pieces = document["pieces"]
        self.tile_pieces = list(accumulate(tiles["piece"]))
        self.tile_starts = list(accumulate(tiles["start"]))
        self.beat_cycles = list(accumulate(beats["cycle"]))
        self.beat_tiles = list(accumulate(beats["tile"]))
        self.begins = set(accumulate(beats["begins"]))
        self.tables = {
            name: (beats[name]["shape"],
                   [list(accumulate(one)) for one in beats[name]["differences"]])
            for name in ("x", "w")
        }
        # Which beat each row adds in each cycle.
        self.added = {}
        for beat, cycle in enumerate(self.beat_cycles):
            delays = self.pieces[self.tile_pieces[self.beat_tiles[beat]]]["delay"]
            for row, delay in enumerate(delays):
                assert (cycle + delay, row) not in self.added
                self.added[cycle + delay, row] = beat

    def index(self, name, beat, row, col, d):
        """Of an operand, in its flattened tensor."""
        shape, lists = self.tables[name]
        at = [0 if extent == 1 else place
              for extent, place in zip(shape, (row, col, d), strict=True)]
        return lists[(at[0] * shape[1] + at[1]) * shape[2] + at[2]][beat]

    def number(self, name, index):
        """A tensor's number."""
        if index == NONE:
            assert name == "x"
            return self.document["outside"]
        tensor = self.document["tensors"][name]
        place = []
        for extent in reversed(tensor["size"]):
            index, at = divmod(index, extent)
            place.insert(0, at)
        flat = 0
        for at, begin, extent in zip(place, tensor["begin"], tensor["shape"], strict=True):
            assert begin <= at < begin + extent
            flat = flat * extent + at - begin
        return tensor["values"][flat]

    def output(self, tile, row, col):
        """Of a PE in a tile, or NONE."""
        tiles = self.document["tiles"]
        return tiles["outputs"][tile - tiles["first"]][row * self.cols + col]

    def terms(self, cycle, row, col):
        """The output of a PE in a cycle, and the (x, w, a, b) that it adds."""
        beat = self.added.get((cycle, row))
        if beat is None:
            return NONE, []
        output = self.output(self.beat_tiles[beat], row, col)
        if output == NONE:
            return NONE, []
        found = []
        for d in range(self.dot):
            w = self.index("w", beat, row, col, d)
            if w != NONE:
                x = self.index("x", beat, row, col, d)
                found.append((x, w, self.number("x", x), self.number("w", w)))
        return (output if found else NONE), found

    def sums(self):
        """For each cycle the sums of all PEs."""
        sums, changes = self.document["sums"], {}
        cycles = accumulate(sums["changes"]["cycle"])
        for cycle, pe, by in zip(cycles, sums["changes"]["pe"], sums["changes"]["by"], strict=True):
            changes[cycle, pe] = by
        now = list(sums["start"])
        found = [now]
        for cycle in range(self.first + 1, self.last + 1):
            before, now = now, []
            for row in range(self.rows):
                begins = self.added.get((cycle, row)) in self.begins
                for col in range(self.cols):
                    pe = row * self.cols + col
                    products = sum(a * b for _, _, a, b in self.terms(cycle, row, col)[1])
                    now.append((0 if begins else before[pe]) + products
                               + changes.get((cycle, pe), 0))
            found.append(now)
        return found
