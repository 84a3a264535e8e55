"""What a page must show, compared with the trace: used on the page, and on pages that are wrong."""

import numpy as np

from convolith.sim.watch.recorded.words import Words

__all__ = [
    "check_cycles",
    "check_drawing",
    "check_history",
    "check_products",
    "check_timeline",
    "check_tensors",
]

CYCLES = """(asked) => asked.map(([cycle, row, col]) => {
  window.convolith.go({ cycle, row, col });
  return {
    sentence: document.getElementById('sentence').textContent,
    pes: [...document.querySelectorAll('.pe')].map(pe => pe.getAttribute('aria-label')),
    path: [...document.querySelectorAll('#path .chip')].map(chip => chip.textContent),
    share: document.getElementById('share').textContent,
    adds: [...document.querySelectorAll('.pe .adds')].map(adds => adds.textContent),
    bars: [...document.querySelectorAll('.pe i')].map(bar => bar.style.width),
    rows: [...document.querySelectorAll('.array .row')].map(
      head => [...head.children].map(part => part.textContent)),
    columns: [...document.querySelectorAll('.array .column')].map(
      head => [...head.children].map(part => part.textContent)),
    small: document.getElementById('array').classList.contains('small'),
  };
})"""
HISTORY = """() => [...document.querySelectorAll('#history tr')].map(
  line => [...line.children].map(cell => cell.textContent))"""


OFTEN = 4  # cycles between two looks at what can be read elsewhere as well


def check_cycles(page, trace):
    """In every cycle all PEs' outputs and sums, what moves besides, and a sentence on some PE."""
    (owners, shares), words, config = _owners(trace), Words(trace), trace.config
    products = ((trace.w != -1) & (trace.y[..., None] != -1)).sum(axis=(1, 2, 3)).cumsum()
    first, last = trace.recording.first, trace.recording.last
    asked = [
        [cycle, cycle % config.rows, cycle // config.rows % config.cols]
        for cycle in range(first, last + 1)
    ]
    path = _Path(trace)
    for (cycle, *pe), found in zip(asked, page.evaluate(CYCLES, asked), strict=True):
        assert found["sentence"] == words.sentence(cycle, *pe)
        expected = []
        for row, col in np.ndindex(config.rows, config.cols):
            output = int(owners[cycle - first, row, col])
            name = "no output" if output < 0 else words.output(output)
            expected.append(
                f"PE ({row}, {col}), {name}: {words.sum(trace.sum(cycle, row, col))}"
            )
        assert [text.removesuffix(", changed by the fault") for text in found["pes"]] == expected
        path.check(cycle, found["path"])
        i = cycle - first
        possible = (i + 1) * config.rows * config.cols * config.dot
        tenths = int(2000 * products[i] + possible) // (2 * possible)  # of a percent, half up
        assert f" {tenths // 10}.{tenths % 10} %, {products[i]:,}" in found["share"]
        widths = [f"{int(50 * share + 0.5) * 2}%" if owner >= 0 else "0%"
                  for share, owner in zip(shares[i].flat, owners[i].flat, strict=True)]
        assert found["bars"] == widths
        if i % OFTEN:
            continue
        _check_heads(trace, words, cycle, pe[0], found)
        for (row, col), adds in zip(np.ndindex(config.rows, config.cols), found["adds"],
                                    strict=False):
            _check_adds(words, trace.at(cycle, row, col), trace.begins[i, row], adds)


def _check_heads(trace, words, cycle, focus, found):
    """A row's pixel and its activation, a column's output channel and its weight."""
    numbers, config = words.numbers, trace.config
    for row, (pixel, value) in enumerate(found["rows"]):
        terms = [of[0] for col in range(config.cols) if (of := trace.at(cycle, row, col))]
        shown = ""
        if terms:
            n, _, ox, oy = terms[0].y
            shown = f"{ox}, {oy}" if trace.layer.dims == 2 else f"{oy}"
            shown = f"n{n}: {shown}" if trace.layer.N > 1 else shown
        assert pixel == shown
        values = {numbers.text(term.a, numbers.x) for term in terms}
        assert value == (values.pop() if len(values) == 1 and not found["small"] else "")
    for col, (channel, weight) in enumerate(found["columns"]):
        rows = [focus, *range(config.rows)]
        terms = next((of for row in rows if (of := trace.at(cycle, row, col))), None)
        label = "" if found["small"] else "oc "
        assert channel == (f"{label}{terms[0].y[1]}" if terms else "")
        text = numbers.text(terms[0].b, numbers.w) if terms else ""
        assert weight == ("" if found["small"] else text)


def _check_adds(words, terms, begins, text):
    sign = "first: " if begins else "+ "
    if not terms:
        assert text == ""
    elif len(terms) == 1:
        assert text == sign + words.values(terms[0])
    else:
        assert text == f"{sign}{words.sum(sum(term.product for term in terms))} ({len(terms)})"


def _owners(trace):
    """For each cycle and PE the output of its tile, or -1, and how much of the tile is done."""
    config = trace.config
    found = np.full((len(trace.recording.sums), config.rows, config.cols), -1)
    shares = np.zeros(found.shape)
    for part in trace.parts:
        tiling = part.terms.tiling
        for beat in part.beats:
            done = beat.slot - part.terms.starts[beat.tile] + 1
            for row in range(config.rows):
                at = part.begin + part.terms.first + beat.slot + tiling.delay(row)
                if 0 <= (i := at - trace.recording.first) < len(found):
                    found[i, row] = part.terms.outputs[beat.tile, row]
                    shares[i, row] = done / tiling.tile_cycles
    return found, shares


def check_products(page, trace):
    """All products that the page has seen by the last cycle are the layer's."""
    page.evaluate("cycle => window.convolith.go({ cycle })", trace.recording.last)
    macs = f"{trace.terms:,}"
    of = f" of {trace.layer.macs:,}" if trace.recording.first == 1 else ""
    assert page.inner_text("#share").endswith(f" {macs}{of} MACs")


def check_history(page, trace):
    """The products of some outputs, and what becomes of them."""
    words, layer = Words(trace), trace.layer
    size = layer.N * layer.OC * layer.OX * layer.OY
    schedule, convolution = trace.convolution.schedule, trace.convolution
    left = schedule.output_tensor(trace.recording.run.exit_cycles).reshape(-1)
    expected = convolution.reference.output().reshape(-1)
    for output in sorted({0, size // 2 + 1, size - 1}):
        page.evaluate("output => window.convolith.selectOutput(output)", output)
        terms = trace.history(output)
        found = page.evaluate(HISTORY)
        assert found[: len(terms)] == [
            [str(term.cycle), words.term(term).replace(" ", ""),
             words.values(term).replace(" ", ""), words.sum(trace.sum(term.cycle, *term.pe))]
            for term in terms
        ]
        value = expected[output] if convolution.output else expected[output] / convolution.scale
        assert found[-1] == [str(left[output]), "leaves the core", "", words.result(int(value))]
        if convolution.bias is not None:
            bias = int(convolution.bias[output // (layer.OX * layer.OY) % layer.OC])
            total = sum(term.product for term in terms)
            assert ["", "all products", "", words.sum(total)] in found
            assert ["", "the bias is added", words.sum(bias), words.sum(total + bias)] in found


def check_tensors(page, trace):
    """How many outputs have left by each tenth cycle, and the window of the input that is shown."""
    schedule = trace.convolution.schedule
    left = schedule.output_tensor(trace.recording.run.exit_cycles).reshape(-1)
    for cycle in range(trace.recording.first, trace.recording.last + 1, 10):
        page.evaluate("cycle => window.convolith.go({ cycle })", cycle)
        text = page.inner_text("#title-y")
        assert f": {(left <= cycle).sum():,} of {left.size:,} outputs have left" in text
    used = np.argwhere(trace.y != -1)
    words = Words(trace)
    for i, row, col in used[:: max(1, len(used) // 20)].tolist():
        cycle = i + trace.recording.first
        page.evaluate("where => window.convolith.go(where)",
                      {"cycle": cycle, "row": row, "col": col})
        (term, *_) = trace.at(cycle, row, col)
        x, w = words.term(term).split(" * ")
        assert f"Now: {w} = {words.numbers.text(term.b, words.numbers.w)}" in (
            page.get_attribute("#tensor-w", "aria-label"))
        if term.x is not None:
            assert f"Now: {x} = {words.numbers.text(term.a, words.numbers.x)}" in (
                page.get_attribute("#tensor-x", "aria-label"))


NOTHING = "–"


class _Path:
    """Memory reads, rows that leave the array and the core, and how many are between."""

    def __init__(self, trace):
        self.recording = trace.recording
        self.kept = not all(part.terms.piece.last for part in trace.parts)
        self.out, self.complete = [], []
        for part, cycles in zip(trace.parts, trace.recording.run.row_cycles, strict=True):
            rows = part.terms.tiling.output_rows
            self.out += cycles.reshape(rows, -1)[:, -1].tolist() if len(cycles) else []
            if part.terms.piece.last:
                self.complete += self.ends(part)
        assert trace.convolution.schedule.cycles == max(self.out)

    @staticmethod
    def ends(part):
        """When the rows of a piece have all of their products."""
        found, sharing = [], part.terms.tiling.sharing_rows
        for tile, start in enumerate(part.terms.starts):
            end = part.begin + part.terms.first + start + part.terms.tiling.tile_cycles - 1
            used = np.flatnonzero((part.terms.outputs[tile] != -1).any(axis=1))
            last = used[sharing - 1 :: sharing].tolist()
            found += [end + part.terms.tiling.delay(row) for row in last]
        return found

    def check(self, cycle, chips):
        i = cycle - self.recording.first
        addresses = [read[i] for read in self.recording.reads.values()]
        reads = [NOTHING if address < 0 else f"@{address}" for address in addresses]
        assert chips[: len(reads)] == reads
        done, drained, waiting, left = chips[len(reads) :]
        assert (drained != NOTHING) == bool(self.recording.drained[i])
        assert (left != NOTHING) == (cycle in self.out)
        if len(self.complete) != len(self.out):  # rows leave that have no output of the layer
            return
        count = sum(end <= cycle for end in self.complete) - sum(end < cycle for end in self.out)
        assert waiting == (f"{count} row{'s' * (count > 1)}" if count else NOTHING)
        assert self.kept or (done != NOTHING) == (cycle in self.complete)


# The colours of some points of a canvas: the middle of each border of a cell.
BORDERS = """([name, plane, row, column, height, width]) => {
  const page = window.convolith;
  const view = page.tensors.views.find(one => one.name === name);
  const canvas = document.getElementById(`tensor-${name}`);
  const scale = canvas.width / canvas.clientWidth;
  const { cell } = view.planes.places[plane];
  const [x, y] = view.planes.corner(plane, row, column);
  const context = canvas.getContext('2d');
  const at = (px, py) => [...context.getImageData(
    Math.round(px * scale), Math.round(py * scale), 1, 1).data].slice(0, 3).join();
  return [at(x, y + cell * 0.5), at(x + cell * 0.5, y),
    at(x + width * cell, y + cell * 0.5), at(x + cell * 0.5, y + height * cell)];
}"""
COLORS = """() => Object.fromEntries(['x', 'w', 'y'].map(name => [name,
  window.convolith.colors[name].match(/[0-9a-f]{2}/g).map(part => parseInt(part, 16)).join()]))"""


def check_drawing(page, trace):
    """The tap, the weight, the window and the output are framed where they belong."""
    colors, layer = page.evaluate(COLORS), trace.layer
    used = np.argwhere(trace.y != -1)
    for i, row, col in used[:: max(1, len(used) // 25)].tolist():
        cycle = i + trace.recording.first
        page.evaluate("where => window.convolith.go(where)",
                      {"cycle": cycle, "row": row, "col": col})
        (term, *_) = trace.at(cycle, row, col)
        oc, ic, kx, ky = term.w
        assert page.evaluate(BORDERS, ["w", ic, kx, ky, 1, 1]) == [colors["w"]] * 4
        if term.x is not None:
            _, channel, ix, iy = term.x
            plane = channel - oc // layer.group_OC * layer.group_IC
            assert page.evaluate(BORDERS, ["x", plane, ix, iy, 1, 1]) == [colors["x"]] * 4
            height = (layer.KX - 1) * layer.dilation[0] + 1
            width = (layer.KY - 1) * layer.dilation[1] + 1
            begin = [ix - kx * layer.dilation[0], iy - ky * layer.dilation[1]]
            found = page.evaluate(BORDERS, ["x", plane, *begin, height, width])
            # The tap's own border may lie over the window's.
            assert set(found) <= {colors["y"], colors["x"]}
        output = int(trace.y[i, row, col])
        _, _, ox, oy = np.unravel_index(output, (layer.N, layer.OC, layer.OX, layer.OY))
        assert page.evaluate(BORDERS, ["y", oc, int(ox), int(oy), 1, 1]) == [colors["y"]] * 4


# The colours of the timeline in the middle of rows, in some cycles.
ROWS = """([rows, cycles]) => {
  const { timeline } = window.convolith;
  const canvas = document.getElementById('timeline');
  const scale = canvas.width / canvas.clientWidth;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const height = Math.min(44, rows * 12);
  return cycles.map(cycle => Array.from({ length: rows }, (_, row) => {
    const y = Math.round((row + 0.4) * height / rows * scale);
    const at = 4 * (y * canvas.width + Math.round(timeline.x(cycle) * scale));
    return data.slice(at, at + 3).join();
  }));
}"""
TILES = """() => [...window.convolith.colors.tiles, window.convolith.colors.ground].map(
  color => color.match(/[0-9a-f]{2}/g).map(part => parseInt(part, 16)).join())"""


def check_timeline(page, trace):
    """Each row's bars are those of its tiles."""
    page.evaluate("() => { window.convolith.timeline.reset(); window.convolith.draw(); }")
    even, odd, ground = page.evaluate(TILES)
    cycles = list(range(trace.recording.first, trace.recording.last + 1))
    found = page.evaluate(ROWS, [trace.config.rows, cycles])
    for cycle, colors in zip(cycles, found, strict=True):
        for row, color in enumerate(colors):
            tile = _tile_with_outputs(trace, cycle, row)
            assert color == (ground if tile is None else (even, odd)[tile % 2])


def _tile_with_outputs(trace, cycle, row):
    """The number of the tile that a row works on, if it has an output there."""
    for part in trace.parts:
        tiling = part.terms.tiling
        for tile, start in enumerate(part.terms.starts):
            begin = part.begin + part.terms.first + start + tiling.delay(row)
            if begin <= cycle < begin + tiling.tile_cycles:
                used = (part.terms.outputs[tile, row] != -1).any()
                return part.first_tile + tile if used else None
    return None
