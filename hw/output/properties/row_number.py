"""Numbers of rows that say in which place of a ring a row lies."""

from amaranth.hdl import *

__all__ = ["RowNumber"]


class RowNumber:
    """The number of a row, as rounds through a ring of places: a place, and one bit for the round.

    Two rows of which one comes less than two rounds after the other have different numbers.

    Parameters
    ----------
    depth : int
        Places of the ring.
    place, odd : Value
        The place; the round is odd.
    """

    def __init__(self, depth: int, place: Value, odd: Value):
        self.depth, self.place, self.odd = depth, place, odd
        self.word = Cat(place, odd)

    @classmethod
    def register(cls, m: Module, name: str, depth: int, when: Value) -> "RowNumber":
        """A number that begins with 0, and goes on to the next one with ``when``."""
        number = cls(
            depth, Signal(range(depth), name=f"{name}_place"), Signal(name=f"{name}_odd")
        )
        m.d.sync += number.word.eq(number.plus(when).word)
        return number

    def plus(self, one: Value) -> "RowNumber":
        """The number, or the one after it with ``one``."""
        ends = one & (self.place == self.depth - 1)
        place = Mux(ends, 0, (self.place + one)[: len(self.place)])
        return RowNumber(self.depth, place, self.odd ^ ends)

    def since(self, earlier: "RowNumber") -> Value:
        """How many rows come from the earlier one on and before this one: up to ``depth``."""
        return Mux(
            self.odd == earlier.odd, self.place - earlier.place,
            self.place + self.depth - earlier.place,
        )
