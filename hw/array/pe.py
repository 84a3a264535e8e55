"""One processing element: D multipliers and one accumulator."""

from amaranth.hdl import *

from convolith.hw.cells.copies import copies
from convolith.hw.cells.delay import register
from convolith.hw.cells.ecp5 import is_ecp5
from convolith.hw.cells.ecp5.carry_chain import accumulate
from convolith.hw.cells.parts import parts_of
from convolith.hw.cells.products import cell_products, has_cells
from convolith.model.options.config import ArrayConfig

__all__ = ["PE", "pe_latency"]


def pe_latency(config: ArrayConfig, platform) -> int:
    """Cycles from the operands to the sum that includes their product.

    One for each register: operands, products, each level of the adder tree, the accumulator. A
    platform's own multiplier cells add one. The core delays its slots where there is none, so that
    sums come in the same cycle on every platform (`hw.core`, `slot_delay`).
    """
    return 3 + has_cells(platform) + config.tree_levels


class PE(Elaboratable):
    """Adds the dot product of D activations and D weights to its sum, every cycle.

    It has no enable: products of zero leave the sum as it is. Latency: operands in one cycle are in
    the sum 3 + ceil(log2 D) cycles later (operands, products, a register per level of the adder
    tree, the accumulator). ``first`` comes two cycles before its products are in the sum.
    Reset: none; ``first`` begins a new sum, whatever the accumulator holds.

        cycle         0        1          2          3     D = 1
        a, w          a0,w0
        weights                w0
        first                  1
        product                           a0*w0
        accumulator                                  a0*w0

    A PE works on the signals that it is given and has no ports: in simulation, copying three
    operands into each PE would take longer than its arithmetic.

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
    activations : Signal, D * act_bits
        ``a``, one cycle later: what the multipliers take, beside ``weights``. Where these are a
        part's own cells, it does not exist.
    accumulator : Signal, signed(acc_bits)
        The sum.
    """

    def __init__(self, config: ArrayConfig, a: Value, w: Value, first: Value):
        self.config = config
        self.a, self.w, self.first = a, w, first
        self.weights = Signal(config.dot * config.weight_bits, reset_less=True)
        self.activations = Signal(len(a), reset_less=True, attrs={"keep": 1})
        self.accumulator = Signal(signed(config.acc_bits), reset_less=True)

    def elaborate(self, platform):
        m = Module()
        config = self.config
        m.d.sync += self.weights.eq(self.w)
        terms = self.products(m, platform)
        for level in range(config.tree_levels):
            terms = [
                register(m, f"level_{level}_{i // 2}", sum(terms[i + 1 : i + 2], terms[i]))
                for i in range(0, len(terms), 2)
            ]

        # Each PE has a register of its own for `first`, so that its net stays short.
        (first,) = copies(m, platform, self.first, 1, name="first")
        # Truncated to acc_bits: a layer that could need more is refused (model.numbers.overflow).
        if is_ecp5(platform):
            total = accumulate(m, self.accumulator, terms[0], first)
        else:
            total = Mux(first, 0, self.accumulator) + terms[0]
        m.d.sync += self.accumulator.eq(total)
        return m

    def products(self, m, platform):
        config = self.config

        def pairs(activations, weights):
            a, w = parts_of(activations, config.act_bits), parts_of(weights, config.weight_bits)
            return list(zip(a, w, strict=True))

        if has_cells(platform):
            # One more register, halfway from the cell to the sum, which may lie far away.
            values = cell_products(m, platform, pairs(self.a, self.w))
        else:
            m.d.sync += self.activations.eq(self.a)
            operands = pairs(self.activations, self.weights)
            values = [a.as_signed() * w.as_signed() for a, w in operands]
        name = "result" if has_cells(platform) else "product"
        return [register(m, f"{name}_{d}", value) for d, value in enumerate(values)]
