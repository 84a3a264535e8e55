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

CHECKS = (
    check_drawing, check_timeline, check_history, check_tensors, check_products, check_cycles,
)
MUTANTS = {
    "height and width swapped in names": (
        DISTINCT, "return `${tensor}[${place.join(', ')}]`",
        "return `${tensor}[${[place[0], place[1], place[3], place[2]].join(', ')}]`",
    ),
    "sums go on from tile to tile": (
        DISTINCT, "let sum = i && !begins ?", "let sum = i ?",
    ),
    "rows are not skewed": (
        DISTINCT, "this.beatAt[cycle - this.pieceAt(cycle).delay[row] - this.base]",
        "this.beatAt[cycle - this.base]",
    ),
    "sums of the cycle before": (
        DISTINCT, "return this.sums[((cycle - this.first) * this.rows + row)",
        "return this.sums[((Math.max(this.first, cycle - 1) - this.first) * this.rows + row)",
    ),
    "one product per PE is counted": ("folded", "added += used;", "added += 1;"),
    "products of another column": (
        DISTINCT, "const w = this.w.get(beat, row, col, d);\n        if (w >= 0)",
        "const w = this.w.get(beat, row, (col + 1) % this.cols, d);\n        if (w >= 0)",
    ),
    "the output of another row": (
        DISTINCT, "this.outputs[tile - this.firstTile][row * this.cols + col];",
        "this.outputs[tile - this.firstTile][(row + 1) % this.rows * this.cols + col];",
    ),
    "outputs leave a cycle late": (
        DISTINCT, "if (numbers[middle] <= most)", "if (numbers[middle] < most)",
    ),
    "the window without its stride": (
        "1D", "y[3] * stride[1] - padding[1]", "y[3] - padding[1]",
    ),
    "the tap of the neighbouring channel": (
        DISTINCT, "const plane = channel - view.from;\n      view.planes.frame(context",
        "const plane = channel - view.from + 1;\n      view.planes.frame(context",
    ),
    "the bias of channel 0": ("lanes", "sum += bias[oc];", "sum += bias[0];"),
    "utilization without D": (
        "folded", "* trace.rows * trace.cols * trace.dot", "* trace.rows * trace.cols",
    ),
    "bars of the timeline are not skewed": (
        DISTINCT, "this.fill(color, start + delay[row] - 0.5,", "this.fill(color, start - 0.5,",
    ),
    "a row's activation is the weight": (
        DISTINCT, "words.number('x', terms[0].a)", "words.number('x', terms[0].b)",
    ),
    "a column's weight is the activation": (
        DISTINCT, "words.number('w', found.terms[0].b)", "words.number('w', found.terms[0].a)",
    ),
    "every product is the first": (DISTINCT, "begins ? 'first: ' : '+ '", "'first: '"),
    "bars of half the length": (
        DISTINCT, "trace.progress(cycle, row) * 50", "trace.progress(cycle, row) * 25",
    ),
    "the addresses of the cycle before": (DISTINCT, "at.has(cycle) ?", "at.has(cycle - 1) ?"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_fault_in_the_script_is_found(browser, tmp_path, monkeypatch, name):
    layer, old, new = MUTANTS[name]
    program = pages._program()
    assert program.count(old) == 1
    monkeypatch.setattr(pages, "_program", lambda: program.replace(old, new))
    path = tmp_path / "page.html"
    watch = made(layer)
    path.write_text(pages.page(watch.documents))
    with browser.opened(path, size=(1920, 1080)) as page:
        assert any(fails(check, page, watch.traces[0]) for check in CHECKS)


def fails(check, page, trace):
    try:
        check(page, trace)
    except AssertionError:
        return True
    return False
