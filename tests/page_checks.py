"""What a page must show, compared with the trace: used on the page, and on pages that are wrong."""

import numpy as np

from convolith.sim.watch.words import Words

__all__ = ["check_cycles", "check_history", "check_products", "check_tensors"]

CYCLES = """(asked) => asked.map(([cycle, row, col]) => {
  window.convolith.go({ cycle, row, col });
  return [document.getElementById('sentence').textContent,
    ...[...document.querySelectorAll('.pe')].map(pe => pe.getAttribute('aria-label'))];
})"""
HISTORY = """() => [...document.querySelectorAll('#history tr')].map(
  line => [...line.children].map(cell => cell.textContent))"""


def check_cycles(page, trace):
    """Every PE's output and sum in every cycle, and a sentence on one PE, each time another one."""
    owners, words, config = _owners(trace), Words(trace), trace.config
    first, last = trace.recording.first, trace.recording.last
    asked = [
        [cycle, cycle % config.rows, cycle // config.rows % config.cols]
        for cycle in range(first, last + 1)
    ]
    for (cycle, *pe), found in zip(asked, page.evaluate(CYCLES, asked), strict=True):
        expected = [words.sentence(cycle, *pe)]
        for row, col in np.ndindex(config.rows, config.cols):
            output = int(owners[cycle - first, row, col])
            name = "no output" if output < 0 else words.output(output)
            expected.append(
                f"PE ({row}, {col}), {name}: {words.sum(trace.sum(cycle, row, col))}"
            )
        assert [text.removesuffix(", changed by the fault") for text in found] == expected


def _owners(trace):
    """For each cycle and PE the output of its tile, or -1."""
    config = trace.config
    found = np.full((len(trace.recording.sums), config.rows, config.cols), -1)
    for part in trace.parts:
        for beat in part.beats:
            for row in range(config.rows):
                at = part.begin + part.terms.first + beat.slot + part.terms.tiling.delay(row)
                if 0 <= (i := at - trace.recording.first) < len(found):
                    found[i, row] = part.terms.outputs[beat.tile, row]
    return found


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
            assert ["", "the bias is added", "", words.sum(bias)] in found
            total = sum(term.product for term in terms)
            assert ["", "all products", "", words.sum(total)] in found


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
