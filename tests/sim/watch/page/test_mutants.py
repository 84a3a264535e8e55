"""Faults in the page's script: each is found by what test_contents.py compares."""

import pytest
from browser import needs_browser
from page_checks import (
    check_cycles,
    check_drawing,
    check_history,
    check_products,
    check_tensors,
    check_timeline,
)
from watched_pages import DISTINCT, made

from convolith.sim.watch.page import page as pages

pytestmark = needs_browser

MUTANTS = {
    "height and width swapped in names": (
        check_cycles, DISTINCT, "return `${tensor}[${place.join(', ')}]`",
        "return `${tensor}[${[place[0], place[1], place[3], place[2]].join(', ')}]`",
    ),
    "sums go on from tile to tile": (
        check_cycles, DISTINCT, "let sum = i && !begins ?", "let sum = i ?",
    ),
    "rows are not skewed": (
        check_cycles, DISTINCT, "this.beatAt[cycle - this.pieceAt(cycle).delay[row] - this.base]",
        "this.beatAt[cycle - this.base]",
    ),
    "sums of the cycle before": (
        check_cycles, DISTINCT, "return this.sums[((cycle - this.first) * this.rows + row)",
        "return this.sums[((Math.max(this.first, cycle - 1) - this.first) * this.rows + row)",
    ),
    "one product per PE is counted": (check_products, "folded", "added += used;", "added += 1;"),
    "products of another column": (
        check_history, DISTINCT, "const w = this.w.get(beat, row, col, d);\n        if (w >= 0)",
        "const w = this.w.get(beat, row, (col + 1) % this.cols, d);\n        if (w >= 0)",
    ),
    "the output of another row": (
        check_history, DISTINCT, "this.outputs[tile - this.firstTile][row * this.cols + col];",
        "this.outputs[tile - this.firstTile][(row + 1) % this.rows * this.cols + col];",
    ),
    "outputs leave a cycle late": (
        check_tensors, DISTINCT, "if (numbers[middle] <= most)", "if (numbers[middle] < most)",
    ),
    "the window without its stride": (
        check_drawing, "1D", "y[3] * stride[1] - padding[1]", "y[3] - padding[1]",
    ),
    "the tap of the neighbouring channel": (
        check_drawing, DISTINCT,
        "const plane = channel - view.from;\n      view.planes.frame(context",
        "const plane = channel - view.from + 1;\n      view.planes.frame(context",
    ),
    "the bias of channel 0": (check_history, "lanes", "sum += bias[oc];", "sum += bias[0];"),
    "utilization without D": (
        check_cycles, "folded",
        "* trace.rows * trace.cols * trace.dot", "* trace.rows * trace.cols",
    ),
    "bars of the timeline are not skewed": (
        check_timeline, DISTINCT,
        "this.fill(color, start + delay[row] - 0.5,", "this.fill(color, start - 0.5,",
    ),
    "a row's activation is the weight": (
        check_cycles, DISTINCT, "words.number('x', terms[0].a)", "words.number('x', terms[0].b)",
    ),
    "a column's weight is the activation": (
        check_cycles, DISTINCT,
        "words.number('w', found.terms[0].b)", "words.number('w', found.terms[0].a)",
    ),
    "every product is the first": (
        check_cycles, DISTINCT,
        "begins ? 'first: ' : '+ '", "'first: '",
    ),
    "bars of half the length": (
        check_cycles, DISTINCT,
        "trace.progress(cycle, row) * 50", "trace.progress(cycle, row) * 25",
    ),
    "the addresses of the cycle before": (
        check_cycles, DISTINCT,
        "at.has(cycle) ?", "at.has(cycle - 1) ?",
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_fault_in_the_script_is_found(browser, tmp_path, monkeypatch, name):
    check, layer, old, new = MUTANTS[name]
    program = pages._program()
    assert program.count(old) == 1
    monkeypatch.setattr(pages, "_program", lambda: program.replace(old, new))
    path = tmp_path / "page.html"
    watch = made(layer)
    path.write_text(pages.page(watch.documents))
    with browser.opened(path, size=(1920, 1080)) as page:
        with pytest.raises(AssertionError):
            check(page, watch.traces[0])
