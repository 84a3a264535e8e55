"""Whole messages of errors."""

import re

__all__ = ["exactly"]


def exactly(message):
    """For ``match`` of `pytest.raises`: the whole message, to the letter."""
    return rf"\A{re.escape(str(message))}\Z"
