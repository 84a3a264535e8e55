"""`PE` against the dot products of the operands that it was given."""

from amaranth.hdl import *

from convolith.hw.array.pe import PE
from convolith.hw.cells.parts import parts_of
from convolith.hw.properties.method import Induction
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.model.options.config import ArrayConfig

__all__ = ["PEProperty"]

BLOCK = "hw.array.pe"


class PEProperty(Property):
    """Operands and beginnings of sums come in any cycle.

    Both sides multiply the same registers, so the solver need not know what a product is.
    """

    name = "pe"
    says = ("the sum grows in every cycle by the dot product of the operands of 3 + log2 D cycles "
            "ago, or begins with it; weights go on to the next row after a cycle")
    sizes = [{"dot": dot, "bits": bits} for dot in (1, 2, 3, 4) for bits in (2, 8)]
    fast = [{"dot": 1, "bits": 8}, {"dot": 4, "bits": 8}]
    method = Induction(k=5)
    planted = (
        Planted(BLOCK, "Mux(first, 0, self.accumulator) + terms[0]",
                "Mux(first, terms[0], self.accumulator + terms[0] + 1)"),
        Planted(BLOCK, "Mux(first, 0, self.accumulator)", "Mux(self.first, 0, self.accumulator)"),
        Planted(BLOCK, "sum(terms[i + 1 : i + 2], terms[i])", "sum(terms[i : i + 1], terms[i])",
                at={"dot": 4}),
        Planted(BLOCK, "a.as_signed() * w.as_signed()", "a.as_signed() * w"),
        Planted(BLOCK, "pairs(self.activations, self.weights)", "pairs(self.a, self.weights)"),
        Planted("hw.cells.delay", "signal = Signal(Value.cast(value).shape()",
                "signal = Signal(max(1, Value.cast(value).shape().width - 1)"),
    )

    def build(self, m, platform):
        dot, bits = self.size["dot"], self.size["bits"]
        config = ArrayConfig(rows=1, cols=1, dot=dot, act_bits=bits, weight_bits=bits)
        a, w, first = self.free(dot * bits, "a"), self.free(dot * bits, "w"), self.free(1, "first")
        m.submodules.pe = pe = PE(config, a, w, first)
        products = [
            self.before(m, x.as_signed() * y.as_signed(), f"product_{d}")
            for d, (x, y) in enumerate(zip(
                parts_of(pe.activations, bits), parts_of(pe.weights, bits), strict=True))
        ]
        for level in range(config.tree_levels):
            products = [
                self.before(m, product, f"later_{level}_{d}") for d, product in enumerate(products)
            ]
        begins = self.before(m, first, "begins")
        total = (Mux(begins, 0, pe.accumulator) + sum(products))[: config.acc_bits].as_signed()
        self.claim("weights go on after a cycle", pe.weights == self.before(m, w, "w_before"))
        self.claim("activations wait a cycle", pe.activations == self.before(m, a, "a_before"))
        self.claim("the sum grows by the dot product",
                   pe.accumulator == self.before(m, total, "total"))
        self.reach("a sum of some products", (pe.accumulator < -2) & ~begins)
