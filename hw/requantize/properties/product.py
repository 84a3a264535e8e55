"""`Product`: four narrow products put together."""

from amaranth.hdl import *

from convolith.hw.properties.method import Induction
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.hw.requantize.product import Product

__all__ = ["ProductProperty"]

BLOCK = "hw.requantize.product"


class ProductProperty(Property):
    """Small operands are multiplied as a whole.

    Of operands as wide as a lane's, the narrow products are taken as they are: that a product of
    sums is the sum of the products needs no proof.
    """

    name = "product"
    says = "four cycles later the product is that of both operands (large ones: of their halves)"
    sizes = [
        {"a": 3, "b": 4, "whole": 1}, {"a": 5, "b": 4, "whole": 1}, {"a": 24, "b": 24, "whole": 0},
        {"a": 32, "b": 34, "whole": 0}, {"a": 33, "b": 25, "whole": 0},
    ]
    fast = [{"a": 5, "b": 4, "whole": 1}, {"a": 24, "b": 24, "whole": 0}]
    method = Induction(k=5)
    planted = (
        Planted(BLOCK, "mixed_b << (b_low - first)", "mixed_b << (a_low - first)", at={"a": 33}),
        Planted(BLOCK, "outer.eq(Cat(low, high))", "outer.eq(Cat(low, low))"),
        Planted(BLOCK, "(mixed_a << (a_low - first))", "(mixed_b << (a_low - first))"),
        Planted(BLOCK, "outer[first:] + mixed", "outer[first:] | mixed"),
    )

    def __init__(self, size):
        super().__init__(size)
        self.opaque = not size["whole"]

    def build(self, m, platform):
        a, b = self.free(self.size["a"], "a"), self.free(self.size["b"], "b")
        m.submodules.product = product = Product(a, b)
        if self.size["whole"]:
            plain = self.later(m, a * b, 4, "plain")
        else:
            low_a, low_b = len(a) // 2, len(b) // 2
            pieces = {}
            for i, (x, at_a) in enumerate(((a[:low_a], 0), (a[low_a:], low_a))):
                for j, (y, at_b) in enumerate(((b[:low_b], 0), (b[low_b:], low_b))):
                    factors = (self.before(m, x, f"x_{i}{j}"), self.before(m, y, f"y_{i}{j}"))
                    narrow = self.before(m, factors[0] * factors[1], f"narrow_{i}{j}")
                    pieces[at_a + at_b, i] = narrow
            total = sum(narrow << at for (at, _), narrow in pieces.items())
            plain = self.later(m, total[: len(a) + len(b)], 2, "plain")
        self.claim("the product is right", product.product == plain)
        self.reach("a product uses its highest bit", product.product[-1])
