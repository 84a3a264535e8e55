"""Keys, clicks, addresses and playing."""

import pytest
from browser import needs_browser
from watched_pages import DISTINCT, made

from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.contract.simulator import Fault
from convolith.sim.watch.watch import watched

pytestmark = needs_browser


@pytest.fixture
def tutorial(browser, page_file):
    """The tutorial's 2D case with channels, in cycle 41."""
    with browser.opened(page_file("tutorial 2D channels"), address="#cycle=41&pe=0,0") as page:
        yield page


def cycle(page):
    return int(page.input_value("#cycle"))


def pe(page):
    return page.get_attribute(".pe.focused", "aria-label").split(",  ")[0].partition("),")[0] + ")"


def test_a_pe_has_the_tutorials_sum(tutorial):
    """27 products, as the tutorial's loops have them, and the sum that it prints."""
    tutorial.click(".pe >> nth=0")
    lines = tutorial.locator("#history tr")
    assert lines.count() == 28
    assert lines.nth(0).inner_text().split("\t") == ["16", "x[0,0,0,0]*w[0,0,0,0]", "0*-1", "0"]
    assert lines.nth(26).inner_text().split("\t") == [
        "42", "x[0,2,2,2]*w[0,2,2,2]", "1*1", "12.5"
    ]
    assert lines.nth(27).inner_text().split("\t") == ["46", "leaves the core", "", "12.5"]
    assert made("tutorial 2D channels").traces[0].convolution.reference.output()[0, 0, 0, 0] == 12.5
    lines.nth(9).click()
    assert cycle(tutorial) == 25
    assert tutorial.locator("#history tr.now").count() == 1


def test_an_output_that_is_chosen(tutorial):
    """The last output of the second channel, by a click on its cell."""
    x, y = tutorial.evaluate("""() => {
      const view = window.convolith.tensors.views[2];
      const [x, y] = view.planes.corner(1, 2, 2);
      const { cell } = view.planes.places[1];
      return [x + cell / 2, y + cell / 2];
    }""")
    tutorial.click("#tensor-y", position={"x": x, "y": y})
    assert tutorial.inner_text("#history-head").startswith("y[0, 1, 2, 2] = ")
    trace = made("tutorial 2D channels").traces[0]
    assert cycle(tutorial) == trace.history(17)[-1].cycle
    assert pe(tutorial) == "PE (2, 1)"
    assert tutorial.evaluate("location.hash").endswith("&y=0,1,2,2")
    tutorial.hover("#tensor-y", position={"x": x, "y": y})
    title = tutorial.get_attribute("#tensor-y", "title")
    expected = trace.convolution.reference.output()[0, 1, 2, 2]
    assert title == f"y[0, 1, 2, 2] = {expected:g}, left in cycle 102"


KEYS = """
ArrayRight 42 0,0
ArrowRight 42 0,0
ArrowLeft 40 0,0
Shift+ArrowRight 51 0,0
Shift+ArrowLeft 31 0,0
PageDown 43 0,0
PageUp 16 0,0
n 46 0,0
End 102 0,0
Home 1 0,0
j 41 1,0
l 41 0,1
h 41 0,0
k 41 0,0
ArrowDown 42 0,0
ArrowUp 40 0,0
"""


@pytest.mark.parametrize("line", KEYS.strip().splitlines()[1:])
def test_keys(tutorial, line):
    key, at, place = line.split()
    tutorial.keyboard.press(key)
    assert cycle(tutorial) == int(at)
    assert pe(tutorial) == f"PE ({place.replace(',', ', ')})"
    assert f"#cycle={at}&pe={place}" in tutorial.evaluate("location.hash")


def test_outputs_by_keys(tutorial):
    tutorial.keyboard.press("]")
    assert tutorial.inner_text("#history-head").startswith("y[0, 0, 0, 1] = 7.5")
    assert pe(tutorial) == "PE (1, 0)"
    for _ in range(30):
        tutorial.keyboard.press("]")
    assert tutorial.inner_text("#history-head").startswith("y[0, 1, 2, 2] = 11.5")
    tutorial.keyboard.press("[")
    assert tutorial.inner_text("#history-head").startswith("y[0, 1, 2, 1] = 17.5")


def test_a_number_that_is_no_cycle(tutorial):
    for text, shown in (("5000", 102), ("", 102), ("42.3", 42), ("-3", 1)):
        tutorial.fill("#cycle", text)
        tutorial.press("#cycle", "Enter")
        assert cycle(tutorial) == shown


def test_more_keys(tutorial):
    tutorial.keyboard.press("End")
    tutorial.keyboard.press("p")
    assert cycle(tutorial) == 101
    tutorial.keyboard.press("o")
    assert tutorial.get_attribute("#order-array", "aria-pressed") == "true"
    names = [text.split()[1] for text in tutorial.locator("#loops .loop code").all_inner_texts()]
    assert names == ["n", "oc", "oy", "ox", "ky", "kx", "ic"] or names[-1] == "ic"
    theme = tutorial.get_attribute("html", "data-theme")
    tutorial.keyboard.press("t")
    assert tutorial.get_attribute("html", "data-theme") != theme
    speed = tutorial.input_value("#speed")
    tutorial.keyboard.press("Shift+S")
    assert float(tutorial.input_value("#speed")) > float(speed)
    tutorial.keyboard.press("s")
    assert tutorial.input_value("#speed") == speed
    tutorial.keyboard.press("?")
    assert tutorial.is_visible("#keys")
    tutorial.keyboard.press("ArrowLeft")
    assert cycle(tutorial) == 101
    tutorial.keyboard.press("Escape")
    assert not tutorial.is_visible("#keys")
    span = "() => window.convolith.timeline.to - window.convolith.timeline.from"
    assert tutorial.evaluate(span) == 102
    tutorial.keyboard.press("+")
    assert tutorial.evaluate(span) == 51
    tutorial.keyboard.press("-")
    assert tutorial.evaluate(span) == 102
    tutorial.keyboard.press("+")
    tutorial.keyboard.press("0")
    assert tutorial.evaluate(span) == 102


def test_the_loops_have_the_values_of_the_pe(browser, page_file):
    """In the order n, oc, ox, oy, ic, kx, ky of a layer whose extents all differ."""
    trace = made(DISTINCT).traces[0]
    with browser.opened(page_file(DISTINCT)) as page:
        extents = [int(text.split("(")[1].split(")")[0])
                   for text in page.locator("#loops .loop code").all_inner_texts()]
        assert extents == [2, 6, 4, 5, 3, 3, 2]
        for at in (40, 77, 123):
            page.evaluate("cycle => window.convolith.go({ cycle, row: 1, col: 2 })", at)
            (term,) = trace.at(at, 1, 2)
            n, oc, ox, oy = (int(part) for part in page.inner_text("#history-head")[2:].split(
                "]")[0].split(","))
            values = [int(text) for text in page.locator("#loops .value").all_inner_texts()]
            assert values == [n, oc, ox, oy, *term.w[1:]]
            assert term.w[0] == oc
            assert term.x == (n, term.w[1], ox + term.w[2], oy + term.w[3])


def test_buttons_and_the_slider(tutorial):
    tutorial.click("#next")
    tutorial.click("#next")
    tutorial.click("#back")
    assert cycle(tutorial) == 42
    tutorial.click("#tile-next")
    assert cycle(tutorial) == 43
    tutorial.click("#out-next")
    assert cycle(tutorial) == 46
    tutorial.click("#tile-back")
    assert cycle(tutorial) == 43
    tutorial.fill("#cycle", "60")
    tutorial.press("#cycle", "Enter")
    assert tutorial.inner_text("#sentence").startswith("Cycle 60: ")
    tutorial.evaluate("""() => {
      const slider = document.getElementById('slider');
      slider.value = 7;
      slider.dispatchEvent(new Event('input'));
    }""")
    assert cycle(tutorial) == 7
    box = tutorial.locator("#timeline").bounding_box()
    tutorial.mouse.click(box["x"] + 52 + (box["width"] - 56) * 0.5, box["y"] + 5)
    assert abs(cycle(tutorial) - 52) <= 1


def test_playing_is_silent_and_ends(tutorial):
    """A screen reader hears the sentence when the page stands still, not sixty a second."""
    assert tutorial.get_attribute("#sentence", "aria-live") == "polite"
    tutorial.select_option("#speed", "60")
    tutorial.focus("body")
    tutorial.keyboard.press(" ")
    assert tutorial.get_attribute("#sentence", "aria-live") == "off"
    tutorial.wait_for_function("() => document.getElementById('cycle').value > 50")
    tutorial.wait_for_function("() => document.getElementById('cycle').value === '102'")
    tutorial.wait_for_function(
        "() => document.getElementById('sentence').getAttribute('aria-live') === 'polite'"
    )
    assert "play" in tutorial.inner_text("#play")


def test_the_tour(tutorial):
    tutorial.click("#tour-start")
    texts = [tutorial.inner_text("#tour-text")]
    while tutorial.is_enabled("#tour-next"):
        tutorial.click("#tour-next")
        texts.append(tutorial.inner_text("#tour-text"))
        assert f", cycle {cycle(tutorial)}: " in texts[-1]
    assert len(texts) == 7
    assert "its sum begins" in texts[1]
    tutorial.click("#tour-end")
    assert not tutorial.is_visible("#tour")


@pytest.mark.parametrize(
    ("address", "at", "place", "output"),
    [
        ("#cycle=60&pe=2,1", 60, "(2, 1)", "y[0, 1, 1, 2]"),
        ("#cycle=60&y=0,1,1,0", 60, "(0, 1)", "y[0, 1, 1, 0]"),
        ("#cycle=9999&pe=7,7", 102, "(2, 1)", "y[0, 1, 2, 2]"),
        ("#cycle=x&pe=a", 16, "(0, 0)", "y[0, 0, 0, 0]"),
        ("#y=9,9,9,9", 16, "(0, 0)", "y[0, 0, 0, 0]"),
    ],
)
def test_addresses(browser, page_file, address, at, place, output):
    with browser.opened(page_file("tutorial 2D channels"), address=address) as page:
        assert cycle(page) == at
        assert pe(page) == f"PE {place}"
        assert page.inner_text("#history-head").startswith(f"{output} = ")


def test_a_changed_address_is_followed(tutorial):
    tutorial.evaluate("() => { location.hash = '#cycle=70&pe=1,1'; }")
    tutorial.wait_for_function("() => document.getElementById('cycle').value === '70'")
    assert pe(tutorial) == "PE (1, 1)"


def test_a_fault(browser, page_file):
    """Opens where the first sum differs; not by colour alone; then the first wrong output."""
    with browser.opened(page_file("fault")) as page:
        assert cycle(page) == 47
        label = page.get_attribute(".pe.focused", "aria-label")
        assert label == "PE (1, 0), y[0, 0, 1, 1]: 16, changed by the fault"
        assert page.inner_text(".pe.focused .sum") == "≠16"
        assert page.inner_text("#equal") == "≠ not equal to PyTorch"
        assert page.locator(".pe.wrong").count() == 1
        buttons = page.locator("#banner button")
        assert buttons.all_inner_texts() == [
            "first difference: cycle 47, PE (1, 0): 16, not 0",
            "first wrong output: y[0, 0, 1, 1] = 27.5, not 11.5, left in cycle 74",
        ]
        buttons.nth(1).click()
        assert cycle(page) == 74
        head = page.inner_text("#history-head")
        assert head.startswith("y[0, 0, 1, 1] = 27.5, not 11.5")
        page.keyboard.press("f")
        assert cycle(page) == 47
        page.keyboard.press("ArrowLeft")
        assert page.locator(".pe.wrong").count() == 0


def test_a_fault_before_the_window(browser, tmp_path):
    """The sums that it has changed are marked all the same."""
    layer = made("fault").traces[0].convolution
    fault = Fault(row=1, col=0, bit=5, cycle=46)
    watch = watched([layer], AmaranthSimulator(), title="late", window=(49, 59), fault=fault)
    watch.save(tmp_path / "late.html")
    with browser.opened(tmp_path / "late.html") as page:
        assert cycle(page) == 49
        assert pe(page) == "PE (1, 0)"
        text = page.locator("#banner button").nth(0).inner_text()
        assert text == "first recorded difference: cycle 49, PE (1, 0): 16, not 0"
        for at in (49, 54, 59):
            page.evaluate("cycle => window.convolith.go({ cycle })", at)
            assert page.inner_text(".pe.focused .sum").startswith("≠")
        lines = page.locator("#history tr").all_inner_texts()
        assert lines[-2].split("\t")[1] == "16 products not recorded"
        assert lines[-1].split("\t")[::3] == ["74", "27.5"]
        assert page.locator("#history tr.now").count() == 1
        assert "of 11 that were recorded, of 27" in page.inner_text("#history-head")


def test_outputs_that_are_not_in_the_window(browser, tmp_path, monkeypatch):
    monkeypatch.setattr("convolith.sim.watch.format.tensors.MOST_NUMBERS", 8)
    layer = made(DISTINCT).traces[0].convolution
    total = layer.schedule.cycles
    for window in ((60, 90), (1, 3)):
        watch = watched([layer], AmaranthSimulator(), title="a part", window=window)
        watch.save(tmp_path / "part.html")
        for address in ("", "#cycle=80&y=1,5,3,4"):
            with browser.opened(tmp_path / "part.html", address=address) as page:
                for word in ("NaN", "undefined"):
                    assert word not in page.inner_text("body")
                assert f"of {total:,}" in page.inner_text("#of")


def test_in_a_notebook(browser, tmp_path):
    """The page within a page, as notebooks show it."""
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><body>{made('tutorial 1D')._repr_html_()}"
                    "<script>document.body.dataset.ready = 1</script>")
    with browser.opened(path) as page:
        frame = page.frame_locator("iframe")
        frame.locator("body[data-ready=yes]").wait_for()
        assert frame.locator("#sentence").inner_text().startswith("Cycle ")
        frame.locator("#next").click()
        browser.requests[:] = [one for one in browser.requests if one != "about:srcdoc"]


def test_a_browser_that_is_too_old(browser, page_file):
    """It says so."""
    context = browser.chromium.new_context(offline=True)
    context.add_init_script("delete window.DecompressionStream;")
    page = context.new_page()
    page.goto(f"file://{page_file('tutorial 1D')}")
    said = "() => document.getElementById('sentence').textContent.includes('browser')"
    page.wait_for_function(said)
    assert page.inner_text("#sentence") == "This page needs a browser of 2023 or newer."
    context.close()
