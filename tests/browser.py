"""Pages in a browser that has no network: the system's Chromium, driven by Playwright."""

import os
import shutil
from contextlib import contextmanager

import pytest

__all__ = ["Browser", "browser_path", "needs_browser"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def browser_path():
    """Where a Chromium is, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def missing():
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "Playwright is not installed: pip install 'convolith[browser]'"
    return None if browser_path() else f"none of {', '.join(NAMES)} is installed"


REASON = missing()
needs_browser = pytest.mark.skipif(REASON is not None, reason=str(REASON))


class Browser:
    """Opens pages; requests and errors of a page's script are kept."""

    def __init__(self):
        from playwright.sync_api import sync_playwright

        self.playwright = sync_playwright().start()
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        self.chromium = self.playwright.chromium.launch(
            executable_path=browser_path(), args=arguments
        )
        self.requests, self.errors = [], []

    def close(self):
        self.chromium.close()
        self.playwright.stop()

    def said(self, message):
        """Keeps what a page's console shows, but for advice on how these tests read canvases."""
        if "willReadFrequently" not in message.text:
            self.errors.append(f"{message.type}: {message.text}")

    @contextmanager
    def opened(self, path, *, address="", size=(1280, 800), theme="light"):
        """A page, ready. It must have asked for nothing but itself, and have had no errors."""
        context = self.chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=theme, offline=True,
        )
        self.requests.clear()
        self.errors.clear()
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", self.said)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        url = f"file://{path}"
        try:
            page.goto(url + address)
            page.wait_for_selector("body[data-ready]")
            yield page
            assert self.errors == []
            assert [one for one in self.requests if one.split("#")[0] not in (url, "data:,")] == []
        finally:
            context.close()
