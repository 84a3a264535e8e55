"""`ActAddress` against nested loops over words and taps."""

from typing import Any

from amaranth.hdl import *

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.dataflow.slot import slot_layout
from convolith.hw.fetch.act_address import ActAddress
from convolith.hw.fetch.pixel import pixel_layout
from convolith.hw.fetch.properties.nested_places import NestedPlaces
from convolith.hw.layouts.registers import register_layout
from convolith.hw.properties.layers import Layers
from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.hw.sequencer.loopnest import LOOPS
from convolith.model.options.config import ArrayConfig

__all__ = ["TapAddress"]

BLOCK, SHARED = "hw.fetch.act_address", "hw.dataflow.shared.dataflow"
CHECK = """            self.in_bounds.eq((x < layer.size_x) & (y < layer.size_y) & valid),
            self.address.eq(address),
        ]
"""
LATE_CHECK = """            self.address.eq(address)
        ]
        late = Signal(len(Cat(x, y, valid)))
        m.d.sync += late.eq(Cat(x, y, valid))
        late_x, late_y = late[: len(x)], late[len(x) : -1]
        m.d.comb += self.in_bounds.eq(
            (late_x < layer.size_x) & (late_y < layer.size_y) & late[-1])
"""
"""The bounds check comes after its registers, and so needs the layer's sizes a cycle longer."""


class TapAddress(Property):
    """Registers have any values, each cycle has another pixel, and loops go on when they like.

    Arrays with shared words have one loop more within a step, and one more along x. The claims are
    the same for plain layers on them.
    """

    name = "tap_address"
    says = ("a row's address is that of its pixel and the sum of the loops' counters times "
            "strides; the word is read if both coordinates of the tap are in the image")
    sizes = [
        {"shared": shared, "addr_bits": addr_bits, "size_bits": size_bits}
        for addr_bits, size_bits in ((6, 4), (20, 16)) for shared in (0, 1)
    ]
    fast = [{"shared": shared, "addr_bits": 6, "size_bits": 4} for shared in (0, 1)]
    method = Induction(k=3, traces=10)
    planted = (
        Planted(BLOCK, 'again = self.start | self.slot.wrap[LOOPS.index("px")]',
                "again = self.start"),
        Planted(BLOCK, "delta=layer.delta_ky, y=layer.dilation_y", "delta=layer.delta_ky"),
        Planted(BLOCK, "x=layer.dilation_x, restart_y=True", "x=layer.dilation_x"),
        Planted(BLOCK, "delta=layer.delta_ic, restart_x=True", "delta=layer.delta_ic",
                at={"shared": 0}),
        Planted(BLOCK, "goes.eq(step.when & ~Cat(outer).any())", "goes.eq(step.when)"),
        Planted(BLOCK, "(x < layer.size_x)", "(x <= layer.size_x)"),
        Planted(BLOCK, "(y < layer.size_y) & valid", "valid"),
        Planted(BLOCK, "self.pixel.valid & self.wanted", "self.pixel.valid"),
        Planted(BLOCK, "address.eq(self.pixel.base + offset)", "address.eq(self.pixel.base)"),
        Planted(BLOCK, CHECK, LATE_CHECK),
        Planted(SHARED, "x=layer.back_x, restart_x=False", "x=layer.back_x", at={"shared": 1}),
        Planted(SHARED, "delta=layer.delta_slot, y=layer.slot_y", "delta=layer.delta_slot",
                at={"shared": 1}),
    )

    def build(self, m, platform):
        shared = bool(self.size["shared"])
        self.config = config = ArrayConfig(
            rows=3, cols=1, act_words=16, weight_words=16, bias_words=16, depthwise=shared,
            addr_bits=self.size["addr_bits"], size_bits=self.size["size_bits"],
        )
        self.layer = layer = self.free(register_layout(config), "layer")
        # The block sees a slot, and a start, a cycle before the claims speak of them.
        flows = dataflows(config, layer)
        next_start, next_slot = self.free(1, "start"), self.free(slot_layout(config, flows), "slot")
        start = self.before(m, next_start, "start_before")
        self.slot = slot = next_slot.shape()(self.before(m, next_slot, "slot_before"))
        pixel = self.free(pixel_layout(config, flows), "pixel")
        wanted = self.free(1, "wanted")
        block = ActAddress(
            config, layer, start=next_start, slot=next_slot, pixel=pixel, wanted=wanted, flows=flows
        )
        inside = Opened(m, "block", block, platform)
        wrap, takes = slot.wrap, pixel.valid & wanted
        # A step's offset changes with its last slot. A pixel's coordinates are compared with the
        # image's sizes a cycle after the pixel came.
        compares = self.before(m, takes & ~ResetSignal(), "compares")
        goes_on = wrap.any() | (slot.next if shared else 0)
        current = Layers(self, m, registers=layer, start=start, needed=goes_on | compares).current
        self.assume("a loop ends only with the loops within it",
                    Cat(~outer | inner for inner, outer in zip(wrap, wrap[1:], strict=False)).all())
        if shared:
            self.assume("a step goes on or ends", ~(slot.next & wrap[LOOPS.index("ky")]))

        places = self.places(m, start=start, in_use=current)
        offset = {name: self.before(m, place, f"{name}_before") for name, place in places.items()}
        # The tap's true coordinates; the core has them modulo 2**size_bits.
        inside_image: Value = C(1)
        for name in ("x", "y"):
            true = self.free(signed(config.size_bits + 2), f"true_{name}")
            size, end = layer[f"size_{name}"], 1 << config.size_bits
            self.assume("coordinates are congruent", true.as_unsigned()[: config.size_bits]
                        == (pixel[name] + offset[name])[: config.size_bits])
            self.assume("the padded image is less than 2**size_bits wide: `check_sizes`",
                        (true + end >= size) & (true < end))
            inside_image = inside_image & (true >= 0) & (true < size)
        # Two cycles after its start a layer has pixels. A pixel's address comes two cycles later.
        begun = self.before(m, current & ~ResetSignal(), "begun")
        one = self.before(m, begun & ~ResetSignal(), "one")
        two = self.before(m, one & current & ~ResetSignal(), "two")
        self.claim("a word is read if the tap is in the image",
                   ~two | (block.in_bounds == self.later(m, takes & inside_image, 2, "word")))
        self.claim("no word is read that no row takes, not even after the layer",
                   ~block.in_bounds | self.later(m, takes, 2, "takes"))
        address = (pixel.base + offset["offset"])[: config.addr_bits]
        self.claim("the address is the sum of counters times strides",
                   ~two | (block.address == self.later(m, address, 2, "address")))
        for name, before in offset.items():  # what induction must know beside that
            total = inside["offset" if name == "offset" else f"offset_{name}"]
            self.claim(f"the sum of {name} is a cycle late", ~begun | (total == before))
        self.reach("a word is read behind the first tap",
                   two & block.in_bounds & (places["offset"] != 0) & (places["y"] != 0))
        self.reach("padding before the image", two & pixel.valid & wanted & pixel.x[-1]
                   & (offset["x"] != 0))
        self.reach("a tile ends", current & wrap[LOOPS.index("px")])

    def places(self, m, *, start, in_use) -> dict[str, Signal]:
        """The offsets of the step's tap: of the address, and of both coordinates."""
        layer, slot, config = self.layer, self.slot, self.config
        ky, kx, ic, px = (slot.wrap[LOOPS.index(name)] for name in ("ky", "kx", "ic", "px"))
        again = start | px
        # Each loop with its delta; when it goes on; when it is in its last round, if that matters.
        loops: dict[str, tuple[Value, Value, Value]] = {
            "ky": (layer.delta_ky, ky, kx), "kx": (layer.delta_kx, kx, ic),
            "ic": (layer.delta_ic, ic, px),
        }
        y = {"ky": (layer.dilation_y, ky, kx)}
        x = {"kx": (layer.dilation_x, kx, ic)}
        restart_x: Value = again | ic
        if self.size["shared"]:
            loops = {"slot": (layer.delta_slot, slot.next, ky)} | loops
            y = {"slot": (layer.slot_y, slot.next, ky)} | y
            x, restart_x = x | {"ic": (layer.back_x, ic, px)}, again

        def place(name: str, bits: int, loops: dict[str, Any], restart: Value) -> Signal:
            return NestedPlaces(
                self, m, name=name, first=C(0, bits), restart=restart, in_use=in_use,
                deltas={loop: delta for loop, (delta, _, _) in loops.items()},
                goes_on={loop: ends for loop, (_, ends, _) in loops.items()},
                last={loop: last for loop, (_, _, last) in loops.items()},
            ).place

        return {
            "offset": place("offset", config.addr_bits, loops, again),
            "x": place("x", config.size_bits, x, restart_x),
            "y": place("y", config.size_bits, y, again | kx | ic),
        }
