"""How large pages are, how soon they are ready, how long a cycle and a recording take.

``python -m pytest tests/sim/watch/page/test_bars.py --full -s`` prints what docs/watch.md has.
"""

import time
from functools import partial

import numpy as np
import pytest
from browser import needs_browser
from watched_pages import TUTORIAL, made

from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.layers.plain.convolution import Convolution
from convolith.sim.watch.recorded.recording import record
from convolith.sim.watch.watch import watched

# Bars are for a quiet machine as fast as the one on which they were measured: there SPIN takes
# QUIET_MS. Where it takes longer, as other tests run at the same time, so may all else.
QUIET_MS = 7.0
SPIN = """() => {
  let least = Infinity;
  for (let round = 0; round < 12; round++) {
    const start = performance.now();
    let sum = 0;
    for (let i = 0; i < 2000000; i++) sum = (sum * 31 + i) % 65521;
    if (sum >= 0) least = Math.min(least, performance.now() - start);
  }
  return least;
}"""


def slowness(page):
    """How much slower than that the machine is now; 1 at least."""
    return max(1, page.evaluate(SPIN) / QUIET_MS)


# The least of some rounds: other work on the machine only adds to it.
DRAW_MS = """async () => {
  const page = window.convolith;
  const { cycle } = page;
  let least = Infinity;
  for (let round = 0; round < 15; round++) {
    const start = performance.now();
    for (let i = 0; i < 5; i++) {
      page.go({ cycle: cycle + i });
      document.body.offsetHeight;
    }
    least = Math.min(least, (performance.now() - start) / 5);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return least;
}"""


def draw_ms(page, most):
    """Of a cycle; more rounds as long as it is more than ``most``, for half a minute."""
    found = []
    for _ in range(15):
        found.append(page.evaluate(DRAW_MS) / slowness(page))
        if found[-1] <= most:
            break
    return min(found)


def ready_s(browser, path):
    """From the request of the page to the first cycle that is shown: the least of five times."""
    found = []
    for _ in range(5):
        with browser.opened(path) as page:
            found.append(page.evaluate("performance.now()") / 1000 / slowness(page))
    return min(found)


def said(what, value):
    """Prints a figure, and returns it."""
    print(f"\n{what}: {value:.4g}" if isinstance(value, float) else f"\n{what}: {value:,}", end="")
    return value


@pytest.mark.parametrize("name", TUTORIAL)
def test_pages_of_the_tutorial_are_small(name):
    assert said(f"page of the {name}, bytes", len(made(name).page())) <= 70_000


@needs_browser
def test_pages_of_the_tutorial_are_soon_ready(browser, page_file):
    found = ready_s(browser, page_file("tutorial 2D channels"))
    assert said("page of the tutorial, ready after s", found) <= 0.5


@needs_browser
@pytest.mark.parametrize(("name", "most"), [("plain", 16), ("16x16", 25)])
def test_a_cycle_is_soon_drawn(browser, page_file, name, most):
    with browser.opened(page_file(name), address="#cycle=60") as page:
        assert said(f"a cycle of the page {name}, ms", draw_ms(page, most)) <= most


@pytest.mark.parametrize("side", [4, 8])
def test_recording_takes_at_most_two_and_a_half_times_as_long(side):
    """As a plain run, both in turn, and of each the least: other work only adds to it."""
    rng = np.random.default_rng(2)
    x, w = rng.integers(-9, 10, (1, 8, 8, 8)), rng.integers(-9, 10, (8, 8, 3, 3))
    layer = Convolution.prepare(ArrayConfig(rows=side, cols=side), x, w, plain=True)
    simulator = AmaranthSimulator()
    spent = {layer.run: [], partial(record, layer): []}
    for _ in range(4):
        for function, seconds in spent.items():
            start = time.perf_counter()
            function(simulator)
            seconds.append(time.perf_counter() - start)
    plain, recorded = map(min, spent.values())
    assert said(f"recording {side}x{side}, times a plain run", recorded / plain) <= 2.5


@pytest.fixture(scope="module")
def million(tmp_path_factory):
    """A million cycles of PEs, in a window of a longer run."""
    rng = np.random.default_rng(1)
    x, w = rng.integers(-128, 128, (1, 16, 28, 28)), rng.integers(-128, 128, (32, 16, 3, 3))
    layer = Convolution.prepare(ArrayConfig(rows=8, cols=8), x, w, padding=1, plain=True)
    window = (20_001, 20_000 + 1_000_000 // 64)
    watch = watched([layer], VerilatorSimulator(), title="a million", window=window)
    path = tmp_path_factory.mktemp("million") / "page.html"
    watch.save(path)
    return watch, path


@pytest.mark.full
def test_a_million_cycles_of_pes_are_small(million):
    watch, _ = million
    assert watch.traces[0].recording.sums.size == 1_000_000
    assert said("page of a million cycles of PEs, bytes", len(watch.page())) <= 900_000


@pytest.mark.full
@needs_browser
def test_a_million_cycles_of_pes_are_soon_ready(browser, million):
    watch, path = million
    assert said("page of a million cycles of PEs, ready after s", ready_s(browser, path)) <= 1
    with browser.opened(path, address="#cycle=30000&pe=3,4") as page:
        trace = watch.traces[0]
        label = page.get_attribute(".pe.focused", "aria-label")
        assert label.endswith(f": {trace.sum(30_000, 3, 4)}")
        assert draw_ms(page, 25) <= 25
