"""`Feeder`: each row takes its word in its cycle, and hands out its lanes in the next ones."""

from amaranth.hdl import *

from convolith.hw.array.feeder import Feeder, row_layout
from convolith.hw.properties.method import Induction
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.model.options.config import ArrayConfig

__all__ = ["FeederProperty"]

BLOCK = "hw.array.feeder"


class FeederProperty(Property):
    """Row 0 takes a word in any cycle."""

    name = "feeder"
    says = ("row r takes the word that is on the bus r + 1 cycles after `capture`, hands out its "
            "lanes from the next cycle on, D per cycle, and then zeros; its flags stay")
    sizes = [
        {"rows": rows, "dot": dot, "lanes": lanes}
        for rows in range(1, 9) for dot, lanes in ((1, 1), (1, 3), (2, 4), (4, 16))
    ]
    fast = [size for size in sizes if size["rows"] == 3]
    method = Induction(k=1)
    planted = (
        Planted(BLOCK, "m.d.sync += word.eq(remaining)", "m.d.sync += word.eq(word)"),
        Planted(BLOCK, "valid.eq(bus.valid)", "valid.eq(bus.final)"),
        Planted(BLOCK, "word >> config.dot * config.act_bits",
                "word >> config.act_bits", at={"dot": 2}),
        Planted(BLOCK, "above = capture\n", "above = self.capture\n", at={"rows": 3}),
        Planted(BLOCK, "word[: config.dot * config.act_bits]",
                "word[-config.dot * config.act_bits :]", at={"lanes": 3}),
    )

    def build(self, m, platform):
        size = self.size
        config = ArrayConfig(
            rows=size["rows"], cols=1, dot=size["dot"], lanes=size["lanes"], act_bits=2,
            depthwise=False,
        )
        bus, capture = self.free(row_layout(config), "bus"), self.free(1, "capture")
        m.submodules.feeder = feeder = Feeder(config, bus, capture)
        beat = config.dot * config.act_bits
        takes: Value = capture
        for r in range(config.rows):
            above, takes = takes, Signal(name=f"takes_{r}", reset_less=True)
            m.d.sync += takes.eq(above)
            word = Signal(config.act_word_bits, name=f"plain_{r}", reset_less=True)
            age = Signal(range(config.beats + 1), name=f"age_{r}", reset_less=True)
            flags = Signal(2, name=f"flags_{r}", reset_less=True)
            m.d.sync += age.eq(Mux(age == config.beats, age, age + 1))
            with m.If(takes):
                m.d.sync += [word.eq(bus.word), age.eq(0), flags.eq(Cat(bus.valid, bus.final))]
            lanes = Array([*(word[b * beat : (b + 1) * beat] for b in range(config.beats)),
                           C(0, beat)])[age]
            rest = Array([*(word[b * beat :] for b in range(config.beats)), C(0)])[age]
            self.claim(f"row {r} hands out its lanes", feeder.operands[r] == lanes)
            self.claim(f"row {r} holds those that remain", feeder.words[r] == rest)
            self.claim(f"row {r} has its flags", Cat(feeder.valid[r], feeder.final[r]) == flags)
            self.claim(f"row {r} has no lanes beyond its word", age <= config.beats)
        self.reach("the last row hands out lanes", feeder.operands[-1].all() & feeder.valid[-1])
