"""Files for ``$readmemh``: a word per line, with comments."""

from collections.abc import Iterable

__all__ = ["hex_line", "hex_text"]


def hex_line(word: int, bits: int) -> str:
    """A word, as many digits as its bits need."""
    return f"{word:0{-(-bits // 4)}x}"


def hex_text(*parts: tuple[str, Iterable[int]], bits: int) -> str:
    """Words, in parts. Each part has a comment above it."""
    lines = []
    for comment, words in parts:
        lines += [f"// {comment}", *(hex_line(word, bits) for word in words)]
    return "\n".join([*lines, ""])
