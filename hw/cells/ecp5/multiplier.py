"""A product in the ECP5's multiplier."""

from amaranth.hdl import *

__all__ = ["WIDTH", "Multiplier"]

WIDTH = 18  # of an operand


class Multiplier(Elaboratable):
    """A signed product in a MULT18X18D, with the cell's own registers at its inputs and output.

    Latency: two cycles. Synthesis would put both registers into the fabric, far from the cell.
    Reset: none.

    Parameters
    ----------
    a, b : Value
        Up to 18 bits each, signed. They use the upper bits of the cell's inputs, and the lower
        bits are 0. So the sign needs no routes to further bits.
    product : Signal
        As wide as both operands together.
    """

    def __init__(self, a: Value, b: Value, product: Signal):
        assert max(len(a), len(b)) <= WIDTH
        self.a, self.b, self.product = a, b, product

    def elaborate(self, platform):
        m = Module()
        a, b = Signal(WIDTH), Signal(WIDTH)
        p = Signal(2 * WIDTH)
        m.d.comb += [
            a.eq(Cat(C(0, WIDTH - len(self.a)), self.a)),
            b.eq(Cat(C(0, WIDTH - len(self.b)), self.b)),
            self.product.eq(p[2 * WIDTH - len(self.product) :]),
        ]
        ports = {"i_CLK0": ClockSignal(), "i_CE0": C(1), "i_RST0": C(0)}
        ports |= {"i_SIGNEDA": C(1), "i_SIGNEDB": C(1), "i_SOURCEA": C(0), "i_SOURCEB": C(0)}
        ports |= {f"i_A{i}": a[i] for i in range(WIDTH)}
        ports |= {f"i_B{i}": b[i] for i in range(WIDTH)}
        ports |= {f"o_P{i}": p[i] for i in range(2 * WIDTH)}
        parameters = {"p_RESETMODE": "SYNC", "p_GSR": "DISABLED", "p_MULT_BYPASS": "DISABLED"}
        for register in ("INPUTA", "INPUTB", "OUTPUT"):
            parameters |= {f"p_REG_{register}_CLK": "CLK0", f"p_REG_{register}_CE": "CE0"}
            parameters |= {f"p_REG_{register}_RST": "RST0"}
        parameters |= {"p_REG_PIPELINE_CLK": "NONE", "p_SOURCEB_MODE": "B_SHIFT"}
        m.submodules.cell = Instance("MULT18X18D", **parameters, **ports)
        return m
