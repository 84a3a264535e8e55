"""Nothing overflows or overlaps, at four sizes, in both themes; all text can be read."""

from pathlib import Path

import pytest
from browser import needs_browser
from watched_pages import PAGES

pytestmark = needs_browser

SIZES = ((1280, 800), (1920, 1080), (820, 1180), (390, 844))

LAYOUT = Path(__file__).with_name("layout.js").read_text()
CONTRAST = Path(__file__).with_name("contrast.js").read_text()


@pytest.mark.parametrize("name", PAGES)
def test_nothing_overflows_or_overlaps(browser, page_file, name):
    with browser.opened(page_file(name)) as page:
        last = page.evaluate("() => window.convolith.last")
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            for theme, share in (("light", 0.3), ("dark", 0.8)):
                page.evaluate("theme => window.convolith.setTheme(theme)", theme)
                page.evaluate("cycle => window.convolith.go({ cycle })", int(last * share))
                assert (width, theme, *page.evaluate(LAYOUT)) == (width, theme)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["tutorial 2D channels", "fault", "lanes", "beside plain"])
def test_text_can_be_read(browser, page_file, name, theme):
    with browser.opened(page_file(name), theme=theme) as page:
        page.click("#tour-start")
        for cycle in (20, 30, 48, 60):
            page.evaluate("cycle => window.convolith.go({ cycle })", cycle)
            page.wait_for_timeout(200)  # a lit line fades in
            assert page.evaluate(CONTRAST) == []
        page.keyboard.press("?")
        assert page.evaluate(CONTRAST) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_system_chooses_the_theme(browser, page_file, theme):
    with browser.opened(page_file("tutorial 1D"), theme=theme) as page:
        assert page.get_attribute("html", "data-theme") == theme


def test_everything_has_a_name(browser, page_file):
    """For screen readers: controls, pictures and regions."""
    with browser.opened(page_file("beside plain")) as page:
        nameless = page.evaluate("""() => [...document.querySelectorAll(
          'button, input, select, canvas, section, dialog, [role=group]')].filter(element =>
            !(element.getAttribute('aria-label') || element.textContent.trim()
              || element.closest('label'))).map(element => element.outerHTML.slice(0, 80))""")
        assert nameless == []
        assert page.get_attribute("html", "lang") == "en"
        for tensor in "xwy":
            assert f"{tensor}[" in page.get_attribute(f"#tensor-{tensor}", "aria-label")
