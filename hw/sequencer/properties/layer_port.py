"""`LayerPort`: no layer is lost, and none comes too early."""

from amaranth.hdl import *
from amaranth.lib import stream

from convolith.hw.layouts.registers import register_layout
from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.hw.sequencer.layer_port import LayerPort
from convolith.model.options.config import ArrayConfig

__all__ = ["LayerPortProperty"]

PORT = "hw.sequencer.layer_port"


class LayerPortProperty(Property):
    """Layers are offered and withdrawn, and the registers are in use, whenever they like."""

    name = "layer_port"
    says = ("every layer that is transferred is in the registers and starts in the next cycle, "
            "once; the registers stay from then on until no block needs them")
    sizes = [{"rows": 1, "shared": 0}, {"rows": 4, "shared": 1}]
    method = Induction(k=1)
    planted = (
        Planted(PORT, "self.i.ready & ~ResetSignal()", "self.i.ready"),
        Planted(PORT, "~(accepted | starting | self.in_use)", "~(accepted | self.in_use)"),
        Planted(PORT, "~(accepted | starting | self.in_use)", "~(starting | self.in_use)"),
        Planted(PORT, "~(accepted | starting | self.in_use)", "~(accepted | starting)", slow=True),
        Planted(PORT, "starting.eq(accepted)", "starting.eq(0)"),
        Planted(PORT, "copies(m, platform, opens, len(bits)", "copies(m, platform, 1, len(bits)"),
        Planted(PORT, "offered[bit : bit + FAN_OUT]", "offered[bit : bit + FAN_OUT] | open_"),
    )

    def build(self, m, platform):
        config = ArrayConfig(rows=self.size["rows"], cols=2, depthwise=bool(self.size["shared"]))
        i = stream.Signature(register_layout(config)).create()
        valid, in_use = self.free(1, "valid"), self.free(1, "in_use")
        offered = self.free(register_layout(config), "offered")
        m.d.comb += [i.valid.eq(valid), i.payload.eq(offered)]
        port = LayerPort(config, i, in_use, ["nest", "sums"])
        inside = Opened(m, "port", port, platform)
        layer, starts = port.layer.as_value(), list(port.starts.values())

        taken = self.before(m, i.valid & i.ready & ~ResetSignal(), "taken")
        # From the cycle after the transfer until no block needs them.
        needed = Signal()
        m.d.sync += needed.eq((valid & i.ready) | (needed & (starts[0] | in_use)))
        begins = self.before(m, starts[0] & ~ResetSignal(), "begins")
        self.assume("the loop nest is busy in the cycle after its start", in_use | ~begins)
        self.claim("a layer starts in the cycle after its transfer, and only then",
                   Cat(start == taken for start in starts).all())
        self.claim("a layer that is transferred is in the registers",
                   ~taken | (layer == self.before(m, offered, "offered_before")))
        self.claim("registers that are needed stay",
                   ~self.before(m, needed & ~ResetSignal(), "needed_before")
                   | (layer == self.before(m, layer, "layer_before")))
        self.claim("no layer is taken while the registers are needed", ~(i.ready & needed))
        free = ~((valid & i.ready) | taken | begins | in_use | needed | ResetSignal())
        self.claim("the port is ready again in the cycle after the registers are free",
                   ~self.before(m, free, "free_before") | i.ready)
        self.claim("the port knows of a start as the blocks do", inside["starting"] == starts[0])
        self.claim("the registers are open while the port is ready", inside["open"] | ~i.ready)
        self.claim("needed registers are closed", ~(inside["open"] & needed))
        self.reach("the next layer is taken", taken & self.before(m, needed == 0, "rest"))
        self.reach("the registers are in use, and a layer waits", needed & in_use & valid)
