"""What pages show is what the RTL did, in every cycle and for every mapping."""

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
from watched_pages import DISTINCT, PAGES, made

pytestmark = needs_browser

SMALL = [name for name in PAGES if name != "fault" and not name.startswith(("20x18", "32x32"))]


@pytest.mark.parametrize("name", SMALL)
def test_every_pe_in_every_cycle(browser, page_file, name):
    """And every sentence."""
    trace = made(name).traces[0]
    with browser.opened(page_file(name)) as page:
        check_cycles(page, trace)
        check_products(page, trace)


@pytest.mark.parametrize("name", SMALL)
def test_products_of_outputs_and_taps(browser, page_file, name):
    trace = made(name).traces[0]
    with browser.opened(page_file(name)) as page:
        if trace.recording.first == 1:
            check_history(page, trace)
        check_tensors(page, trace)


@pytest.mark.parametrize("name", [DISTINCT, "folded", "lanes", "merged", "1D"])
def test_frames_are_where_they_belong(browser, page_file, name):
    with browser.opened(page_file(name), size=(1920, 1080)) as page:
        check_drawing(page, made(name).traces[0])
        check_timeline(page, made(name).traces[0])


def test_both_of_two_runs(browser, page_file):
    """Beside each other, in the same cycle; the shorter one says that it has ended."""
    watch = made("beside plain")
    packed, plain = watch.traces
    with browser.opened(page_file("beside plain")) as page:
        page.click(f"#traces button:nth-child({2})")
        assert page.inner_text("#about").endswith("plain")
        check_cycles(page, plain)
        page.evaluate("cycle => window.convolith.go({ cycle })", plain.recording.last)
        ended = packed.recording.last
        assert f"ended after {ended} cycles" in page.inner_text("#compare div:nth-child(1)")
        page.keyboard.press("c")
        assert page.input_value("#cycle") == str(plain.recording.last)
        assert page.inner_text("#sentence").endswith("This run has ended.")
        assert page.inner_text("#sentence").startswith(f"Cycle {ended}: ")


def test_an_array_that_is_shown_in_part(browser, page_file):
    trace = made("20x18").traces[0]
    with browser.opened(page_file("20x18")) as page:
        for row, col, shown in ((0, 0, (0, 0)), (19, 17, (4, 2)), (3, 17, (0, 2))):
            page.evaluate("where => window.convolith.go(where)",
                          {"cycle": 60, "row": row, "col": col})
            labels = page.evaluate(
                "() => [...document.querySelectorAll('.pe')].map(pe => pe.ariaLabel)"
            )
            assert len(labels) == 256
            assert labels[0].startswith(f"PE ({shown[0]}, {shown[1]}), ")
            first = trace.sum(60, *shown)
            assert labels[0].endswith(f": {first}")
            assert f"PE ({row}, {col})" in page.get_attribute(".pe.focused", "aria-label")
        assert page.inner_text("#array-more") == "rows 0 to 15, columns 2 to 17"
