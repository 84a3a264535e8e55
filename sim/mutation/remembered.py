"""What an iterator gives, kept for the next time."""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Generic, TypeVar

__all__ = ["Remembered"]

T = TypeVar("T")


class Remembered(Generic[T]):
    """The items of an iterable, each taken from it when it is first asked for.

    Parameters
    ----------
    items : iterable
        Gone through once, however often this is.
    """

    def __init__(self, items: Iterable[T]):
        self.source, self.kept = iter(items), list[T]()

    def __iter__(self) -> Iterator[T]:
        for number in count():
            if number == len(self.kept):
                try:
                    self.kept.append(next(self.source))
                except StopIteration:
                    return
            yield self.kept[number]
