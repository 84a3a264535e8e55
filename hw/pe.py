"""One processing element: D multipliers and one accumulator."""

from amaranth.hdl import *
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from convolith.model.config import ArrayConfig

__all__ = ["PE"]


class PE(wiring.Component):
    """Adds the dot product of D activations and D weights to its sum, every cycle.

    It has no enable: products of zero leave the sum as it is. Latency: operands in one cycle are in
    ``sum`` 3 + ceil(log2 D) cycles later (operands, products, a register per level of the adder
    tree, the accumulator). ``first`` comes one cycle before its products reach the accumulator.
    Reset: none; ``first`` begins a sum whatever was there.

        cycle     0        1          2          3     D = 1
        a, w      a0,w0
        first                         1
        operand            a0,w0
        product                       a0*w0
        sum                                      a0*w0

    (``first`` is registered here, in each PE, so that no net drives a whole row's accumulators.)

    Members
    -------
    a, w : in
        D operands each.
    w_down : out
        ``w``, one cycle later: the weight chain to the row below.
    first : in
        The next products to be added begin a new sum.
    sum : signed(acc_bits), out
        The accumulator.
    """

    def __init__(self, config: ArrayConfig):
        self.config = config
        weights = data.ArrayLayout(signed(config.weight_bits), config.dot)
        super().__init__({
            "a": In(data.ArrayLayout(signed(config.act_bits), config.dot)),
            "w": In(weights),
            "w_down": Out(weights),
            "first": In(1),
            "sum": Out(signed(config.acc_bits)),
        })  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        a = Signal.like(self.a, reset_less=True, attrs={"keep": 1})
        w = Signal.like(self.w, reset_less=True)
        m.d.sync += [a.eq(self.a), w.eq(self.w)]
        m.d.comb += self.w_down.eq(w)

        terms = []
        for d in range(self.config.dot):
            product = Signal(_shape(a[d] * w[d]), name=f"product_{d}", reset_less=True)
            m.d.sync += product.eq(a[d] * w[d])
            terms.append(product)
        for level in range(self.config.tree_levels):
            pairs = [terms[i : i + 2] for i in range(0, len(terms), 2)]
            terms = []
            for i, pair in enumerate(pairs):
                total = pair[0] + pair[1] if len(pair) == 2 else pair[0]
                term = Signal(_shape(total), name=f"level_{level}_{i}", reset_less=True)
                m.d.sync += term.eq(total)
                terms.append(term)

        # The register in front keeps `first` local; synthesis must not merge it with a neighbour's.
        first = Signal(reset_less=True, attrs={"keep": 1})
        m.d.sync += first.eq(self.first)
        self.accumulator = total = Signal.like(self.sum, name="accumulator", reset_less=True)
        # Truncated to acc_bits: layers that could need more are refused (model.overflow).
        m.d.sync += total.eq(Mux(first, 0, total) + terms[0])
        m.d.comb += self.sum.eq(total)
        return m


def _shape(value):
    return Value.cast(value).shape()
