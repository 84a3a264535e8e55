"""A product of wide unsigned numbers, made of four narrow products."""

from amaranth.hdl import *

from convolith.hw.cells.products import cell_products, cells_take

__all__ = ["PRODUCT_LATENCY", "Product"]

PRODUCT_LATENCY = 4


class Product(Elaboratable):
    """``a * b``; each operand is cut into halves that fit a part's multipliers.

    Latency: PRODUCT_LATENCY (4) cycles, two of them in the multipliers. Throughput: one per cycle.
    Reset: none.

    Parameters
    ----------
    a, b : Value
        Unsigned, up to 34 bits.

    Members
    -------
    product : Signal
    """

    def __init__(self, a: Value, b: Value):
        self.a, self.b = a, b
        self.product = Signal(len(a) + len(b), reset_less=True)

    def elaborate(self, platform):
        m = Module()
        a_low, b_low = len(self.a) // 2, len(self.b) // 2
        a, b = (self.a[:a_low], self.a[a_low:]), (self.b[:b_low], self.b[b_low:])
        pairs = [(x, y) for x in a for y in b]
        low, mixed_b, mixed_a, high = self.products(m, platform, pairs)
        # low and high do not overlap, so `outer` needs no adder. The mixed products are added in
        # the same cycle, and the two results in the next.
        outer = Signal(len(self.product), reset_less=True)
        mixed = Signal(len(self.product) - min(a_low, b_low), reset_less=True)
        first = min(a_low, b_low)
        m.d.sync += [
            outer.eq(Cat(low, high)),
            mixed.eq((mixed_b << (b_low - first)) + (mixed_a << (a_low - first))),
            self.product.eq(Cat(outer[:first], outer[first:] + mixed)),
        ]
        return m

    def products(self, m, platform, pairs):
        """The products of the pairs, two cycles later."""
        signed_pairs = [(Cat(x, 0).as_signed(), Cat(y, 0).as_signed()) for x, y in pairs]
        if cells_take(platform, signed_pairs):
            products = cell_products(m, platform, signed_pairs)
            return [
                product[: len(x) + len(y)] for (x, y), product in zip(pairs, products, strict=True)
            ]
        products = []
        for i, (x, y) in enumerate(pairs):
            operands = [Signal(len(v), name=f"{name}_{i}", reset_less=True)
                        for name, v in (("x", x), ("y", y))]
            product = Signal(len(x) + len(y), name=f"product_{i}", reset_less=True)
            m.d.sync += [operands[0].eq(x), operands[1].eq(y)]
            m.d.sync += product.eq(operands[0] * operands[1])
            products.append(product)
        return products
