"""`delayed` against what was there so many cycles ago."""

from amaranth.hdl import *

from convolith.hw.cells.delay import bundle, delayed
from convolith.hw.properties.method import Induction
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property

__all__ = ["Delays"]


class Delays(Property):
    """A structure of two fields, in every number of cycles up to the size's."""

    name = "delays"
    says = "each value of `delayed` is what its input was so many cycles ago, and 0 after a reset"
    sizes = [{"cycles": cycles, "reset_less": reset_less}
             for cycles in (0, 1, 2, 5, 9) for reset_less in (0, 1)]
    fast = [size for size in sizes if size["cycles"] in (0, 2)]
    method = Induction(k=1)
    planted = (
        Planted("hw.cells.delay", "stages.eq(Cat(word, stages))",
                "stages.eq(Cat(word, word, stages[width:]))", at={"cycles": 5}),
        Planted("hw.cells.delay", "stages[i * width : (i + 1) * width]",
                "stages[i * width : (i + 1) * width][::-1]", at={"cycles": 1}),
        Planted("hw.cells.delay", "reset_less=reset_less)", "reset_less=not reset_less)",
                at={"cycles": 2}),
    )

    def build(self, m, platform):
        cycles, reset_less = self.size["cycles"], bool(self.size["reset_less"])
        value = bundle(a=self.free(2, "a"), b=self.free(3, "b"))
        found = delayed(m, value, cycles, name="value", reset_less=reset_less)
        plain: Value = value.as_value()
        for later, view in enumerate(found):
            self.claim(f"{later} cycles later", view.as_value() == plain)
            after = Signal(5, name=f"plain_{later + 1}", reset_less=reset_less)
            m.d.sync += after.eq(plain)
            plain = after
        self.reach("something comes out", found[-1].as_value().all())
