"""One or two products in the iCE40 UltraPlus's multiplier."""

from amaranth.hdl import *

__all__ = ["MOST_BITS_BESIDE", "WIDTH", "Multiplier", "fits_beside"]

WIDTH = 16  # of one operand, or of two operands side by side
HALF = MOST_BITS_BESIDE = WIDTH // 2


def fits_beside(a: Value, b: Value) -> bool:
    """Whether one cell can compute two products of such operands."""
    return max(len(a), len(b)) <= HALF


class Multiplier(Elaboratable):
    """Signed products in an SB_MAC16, with the cell's own registers at its inputs and output.

    The cell multiplies 16 x 16 bits, or twice 8 x 8. Synthesis would take a cell for each product;
    and where two products are added (D > 1), Yosys 0.66 drops one of them. Latency: two cycles.
    Reset: none.

    Parameters
    ----------
    terms : list of (Value, Value, Signal)
        Two signed operands, and their product, as wide as both together. Either one term of up to
        16 x 16 bits, or two terms for which `fits_beside` holds. Operands use the upper bits of
        the cell's inputs (as in the ECP5's `Multiplier`).
    """

    def __init__(self, terms: list[tuple[Value, Value, Signal]]):
        assert len(terms) == 1 or all(fits_beside(a, b) for a, b, _ in terms)
        self.terms = terms

    def elaborate(self, platform):
        m = Module()
        two = fits_beside(*self.terms[0][:2])
        width = HALF if two else WIDTH
        a, b, out = Signal(WIDTH), Signal(WIDTH), Signal(2 * WIDTH)
        for i, (x, y, product) in enumerate(self.terms):
            low, end = i * width, (i + 1) * width
            m.d.comb += [
                a[low:end].eq(Cat(C(0, width - len(x)), x)),
                b[low:end].eq(Cat(C(0, width - len(y)), y)),
                product.eq(out[2 * end - len(product) : 2 * end]),
            ]
        select = 2 if two else 3  # the outputs show the 8 x 8 products, or the 16 x 16 product
        ports = {"i_CLK": ClockSignal(), "i_CE": C(1), "i_A": a, "i_B": b, "o_O": out}
        ports |= {"i_C": C(0, WIDTH), "i_D": C(0, WIDTH)}
        zeros = ["AHOLD", "BHOLD", "CHOLD", "DHOLD", "IRSTTOP", "IRSTBOT", "ORSTTOP", "ORSTBOT"]
        zeros += ["OLOADTOP", "OLOADBOT", "ADDSUBTOP", "ADDSUBBOT", "OHOLDTOP", "OHOLDBOT"]
        ports |= {f"i_{name}": C(0) for name in [*zeros, "CI", "ACCUMCI", "SIGNEXTIN"]}
        m.submodules.cell = Instance(
            "SB_MAC16",
            p_NEG_TRIGGER=C(0, 1), p_A_REG=C(1, 1), p_B_REG=C(1, 1), p_C_REG=C(0, 1),
            p_D_REG=C(0, 1), p_TOP_8x8_MULT_REG=C(two, 1), p_BOT_8x8_MULT_REG=C(two, 1),
            p_PIPELINE_16x16_MULT_REG1=C(0, 1), p_PIPELINE_16x16_MULT_REG2=C(not two, 1),
            p_TOPOUTPUT_SELECT=C(select, 2), p_BOTOUTPUT_SELECT=C(select, 2),
            p_TOPADDSUB_LOWERINPUT=C(0, 2), p_TOPADDSUB_UPPERINPUT=C(0, 1),
            p_TOPADDSUB_CARRYSELECT=C(0, 2), p_BOTADDSUB_LOWERINPUT=C(0, 2),
            p_BOTADDSUB_UPPERINPUT=C(0, 1), p_BOTADDSUB_CARRYSELECT=C(0, 2),
            p_MODE_8x8=C(two, 1), p_A_SIGNED=C(1, 1), p_B_SIGNED=C(1, 1), **ports,
        )
        return m
