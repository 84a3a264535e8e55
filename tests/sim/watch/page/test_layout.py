"""Nothing overflows or overlaps, at four sizes, in both themes; all text can be read."""

import pytest
from browser import needs_browser
from watched_pages import PAGES

pytestmark = needs_browser

SIZES = ((1280, 800), (1920, 1080), (820, 1180), (390, 844))

# What sticks out of what it lies in, or over what is beside it.
LAYOUT = """() => {
  const wrong = [];
  const box = element => element.getBoundingClientRect();
  const inside = (a, b, by = 1.5) => a.left >= b.left - by && a.right <= b.right + by
    && a.top >= b.top - by && a.bottom <= b.bottom + by;
  const overlap = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  const seen = element => element.offsetParent !== null && box(element).width > 0;
  if (document.documentElement.scrollWidth > innerWidth) wrong.push('the page is too wide');
  const fit = box(document.querySelector('.fit'));
  const pes = [...document.querySelectorAll('.pe')];
  for (const pe of pes) {
    if (!inside(box(pe), fit)) wrong.push(`${pe.ariaLabel} is outside of its panel`);
    for (const text of pe.querySelectorAll('span')) {
      const range = document.createRange();
      range.selectNodeContents(text);
      if (text.textContent && !inside(range.getBoundingClientRect(), box(pe), 1)) {
        wrong.push(`${text.textContent} sticks out of ${pe.ariaLabel}`);
      }
    }
    if (box(pe).width < 8 || box(pe).height < 8) wrong.push(`${pe.ariaLabel} is too small`);
  }
  for (const head of document.querySelectorAll('.array > div')) {
    for (const part of head.children) {
      const range = document.createRange();
      range.selectNodeContents(part);
      if (part.textContent && !inside(range.getBoundingClientRect(), box(head), 2)) {
        wrong.push(`the head ${part.textContent} sticks out`);
      }
    }
  }
  const groups = [
    [...document.querySelectorAll('main > .panel')],
    [...document.querySelectorAll('#controls > *')],
    [...document.querySelectorAll('header > *')],
    [...document.querySelectorAll('#tensors > *')],
    [...document.querySelectorAll('#pes > *')],
    [...document.querySelectorAll('#nest > *')],
    [...document.querySelectorAll('footer > *')],
    [...document.querySelectorAll('#path > *')],
    pes,
  ];
  for (const group of groups) {
    const parts = group.filter(seen);
    for (let i = 0; i < parts.length; i++) {
      const parent = box(parts[i].parentElement);
      if (!inside(box(parts[i]), { ...parent.toJSON(), bottom: Infinity }, 2)
        && !parts[i].closest('.array')) {
        wrong.push(`#${parts[i].id} ${parts[i].className} sticks out of #${parts[i].parentElement.id}`);
      }
      for (let j = i + 1; j < Math.min(parts.length, i + 20); j++) {
        if (overlap(box(parts[i]), box(parts[j]))) {
          wrong.push(`#${parts[i].id} ${parts[i].className} lies over #${parts[j].id} ${parts[j].className}`);
        }
      }
    }
  }
  for (const line of [...document.querySelectorAll('#history tr')].slice(0, 3)) {
    if (innerWidth >= 1280 && line.scrollWidth > line.closest('.scroll').clientWidth + 1) {
      wrong.push(`${line.textContent} is too wide`);
    }
  }
  return wrong;
}"""

# The contrast of each text with what lies behind it, where it is less than 4.5.
CONTRAST = """() => {
  const channel = value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const luminance = color => {
    const [r, g, b] = color.map(value => channel(value / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const over = (colors) => {
    context.clearRect(0, 0, 1, 1);
    for (const color of colors) { context.fillStyle = color; context.fillRect(0, 0, 1, 1); }
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const wrong = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || ['SCRIPT', 'STYLE'].includes(element.tagName)) continue;
    if (!element.getClientRects().length) continue;
    const behind = [];
    for (let at = element; at; at = at.parentElement) behind.unshift(getComputedStyle(at).backgroundColor);
    const ground = over(['#fff', ...behind]);
    const text = over([`rgb(${ground})`, getComputedStyle(element).color]);
    const found = contrast(ground, text);
    if (found < 4.5) wrong.push(`${found.toFixed(2)}: ${texts.currentNode.textContent.trim().slice(0, 40)}`);
  }
  const { colors } = window.convolith;
  const unpacked = word => [word & 255, word >> 8 & 255, word >> 16 & 255];
  const text = over([colors.text]);
  for (const shade of [...colors.shades.x, ...colors.shades.w, ...colors.shades.y, colors.working,
    colors.absent, colors.outside, colors.wrong]) {
    const found = contrast(unpacked(shade), text);
    if (found < 4.5) wrong.push(`${found.toFixed(2)}: a number on the shade ${unpacked(shade)}`);
  }
  return wrong;
}"""


@pytest.mark.parametrize("name", PAGES)
def test_nothing_overflows_or_overlaps(browser, page_file, name):
    with browser.opened(page_file(name)) as page:
        last = page.evaluate("() => window.convolith.last")
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            for theme in ("light", "dark"):
                page.evaluate("theme => window.convolith.setTheme(theme)", theme)
                for share in (0.3, 0.8):
                    page.evaluate("cycle => window.convolith.go({ cycle })", int(last * share))
                    assert (width, theme, share, *page.evaluate(LAYOUT)) == (width, theme, share)


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
