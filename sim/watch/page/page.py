"""Puts a page together: markup, style, script and traces in one file that loads nothing."""

import gzip
import json
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from convolith.sim.report.template import filled

__all__ = ["page"]

SCRIPTS = (
    "dom", "colors", "trace", "words", "loops", "history", "array", "path", "planes", "tensors",
    "timeline", "banner", "compare", "tour", "controls", "page", "start",
)
"""Files of the script, in their order."""


def page(documents: Sequence[dict[str, Any]]) -> str:
    """The HTML page of a trace, or of two of one layer, beside each other.

    Traces and script are compressed in it: the browser unpacks them.
    """
    traces = [
        f'<script type="application/gzip+base64" class="trace">{_packed(_compact(one))}</script>'
        for one in documents
    ]
    return filled(_text("page.html"), {
        "title": escape(documents[0]["title"]),
        "style": _text("style.css"),
        "traces": "\n".join(traces),
        "program": _packed(_program()),
    })


@cache
def _text(name: str) -> str:
    return files("convolith.sim.watch.page").joinpath(name).read_text("utf-8")


@cache
def _program() -> str:
    """All files of the script in one scope."""
    parts = [_text(f"script/{name}.js") for name in SCRIPTS]
    return "\n".join(["(() => {", "'use strict';", *parts, "})();"])


def _compact(document: dict[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))


def _packed(text: str) -> str:
    return b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode("ascii")
