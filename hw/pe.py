"""One processing element: D multipliers and one accumulator."""

from amaranth.hdl import *

from convolith.model.config import ArrayConfig

__all__ = ["PE"]


class PE(Elaboratable):
    """Adds the dot product of D activations and D weights to its sum, every cycle.

    It has no enable: products of zero leave the sum as it is. Latency: operands in one cycle are in
    the sum 3 + ceil(log2 D) cycles later (operands, products, a register per level of the adder
    tree, the accumulator). ``first`` comes two cycles before its products are in the sum.
    Reset: none; ``first`` begins a sum whatever was there.

        cycle         0        1          2          3     D = 1
        a, w          a0,w0
        weights                w0
        first                  1
        product                           a0*w0
        accumulator                                  a0*w0

    A PE works on the signals that it is given, not on ports of its own: in simulation, copying
    three operands into each PE would take longer than its arithmetic.

    Parameters
    ----------
    config : ArrayConfig
    a : Value, D * act_bits
        D signed activations, the first one lowest.
    w : Value, D * weight_bits
        D signed weights, the first one lowest.
    first : Signal
        The next products to be added begin a new sum.

    Members
    -------
    weights : Signal, D * weight_bits
        ``w``, one cycle later: the weight chain to the row below.
    accumulator : Signal, signed(acc_bits)
        The sum.
    """

    def __init__(self, config: ArrayConfig, a: Value, w: Value, first: Value):
        self.config = config
        self.a, self.w, self.first = a, w, first
        self.weights = Signal(config.dot * config.weight_bits, reset_less=True)
        self.accumulator = Signal(signed(config.acc_bits), reset_less=True)

    def elaborate(self, platform):
        m = Module()
        config = self.config
        activations = Signal(len(self.a), reset_less=True, attrs={"keep": 1})
        m.d.sync += [activations.eq(self.a), self.weights.eq(self.w)]

        terms = [
            self.register(m, f"product_{d}", a.as_signed() * w.as_signed())
            for d, (a, w) in enumerate(zip(
                _split(activations, config.act_bits),
                _split(self.weights, config.weight_bits),
                strict=True,
            ))
        ]  # fmt: skip
        for level in range(config.tree_levels):
            terms = [
                self.register(m, f"level_{level}_{i // 2}", sum(terms[i + 1 : i + 2], terms[i]))
                for i in range(0, len(terms), 2)
            ]

        # The register in front keeps `first` local; synthesis must not merge it with a neighbour's.
        first = Signal(reset_less=True, attrs={"keep": 1})
        m.d.sync += first.eq(self.first)
        # Truncated to acc_bits: a layer that could need more is refused (model.overflow).
        m.d.sync += self.accumulator.eq(Mux(first, 0, self.accumulator) + terms[0])
        return m

    @staticmethod
    def register(m, name, value):
        register = Signal(value.shape(), name=name, reset_less=True)
        m.d.sync += register.eq(value)
        return register


def _split(value, width):
    return [value[i : i + width] for i in range(0, len(value), width)]
