"""`WeightReader` against passes whose words follow each other in one bank or two."""

from typing import Any

from amaranth.hdl import *

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.dataflow.slot import slot_layout
from convolith.hw.fetch.weight_address import WeightReader
from convolith.hw.layouts.registers import register_layout
from convolith.hw.ports import ReadPort
from convolith.hw.properties.layers import Layers, is_of_kind
from convolith.hw.properties.method import Induction
from convolith.hw.properties.opened import Opened
from convolith.hw.properties.planted import Planted
from convolith.hw.properties.property import Property
from convolith.model.options.config import ArrayConfig

__all__ = ["WeightWords"]

READER, BANKS = "hw.fetch.weight_address", "hw.dataflow.packed.weight_banks"
ARRAYS: dict[str, dict[str, Any]] = {
    "one bank": {"rows": 3, "depthwise": False}, "shared": {"rows": 3},
    "packed": {"rows": 3, "pack_edges": True}, "paired": {"rows": 4, "pack_edges": True},
}
"""With ``paired``, layers with shared words take a word of each bank at a time."""


class WeightWords(Property):
    """Tiles have any number of words, and passes any number of tiles.

    ``layer`` is the layer's dataflow, one of those that the array has.
    """

    name = "weight_words"
    says = ("each tile reads the words of its pass from the first one on, and each pass begins "
            "behind the pass before; with two banks passes take turns, or have words in both")
    sizes = [
        {"array": array, "layer": layer, "addr_bits": addr_bits}
        for addr_bits in (6, 20)
        for array, layer in (
            ("one bank", "plain"), ("shared", "shared"), ("packed", "plain"), ("packed", "packed"),
            ("packed", "shared"), ("paired", "packed"), ("paired", "paired"), ("paired", "shared"))
    ]
    fast = [size for size in sizes if size["addr_bits"] == 6
            and size["layer"] in ("packed", "paired", "plain")]
    method = Induction(k=1)
    planted = (
        Planted(READER, "m.d.sync += self.address.eq(first)",
                "m.d.sync += self.address.eq(self.base)"),
        Planted(READER, "self.tile_end & ~self.last_px", "self.tile_end"),
        Planted(READER, "m.d.sync += first.eq(following)", "m.d.sync += first.eq(self.address)"),
        Planted(READER, "with m.Elif(self.active):", "with m.Else():"),
        Planted(READER, "slot.weights & slot.tile_end & slot.oc_end",
                "slot.weights & slot.tile_end", at={"layer": "packed"}),
        Planted(BANKS, "consumed.switches & ~slot.both", "consumed.switches",
                at={"layer": "packed"}),
        Planted(BANKS, "slot.oc_end & (own | both)", "slot.oc_end", at={"layer": "packed"}),
        Planted(BANKS, "slot.weights & (own | crosses)", "slot.weights & own",
                at={"layer": "paired"}),
        Planted("hw.dataflow.shared.dataflow", "together = together | self.shares",
                "together = together", at={"array": "paired", "layer": "shared"}),
    )

    def build(self, m, platform):
        config = ArrayConfig(
            cols=1, act_words=16, weight_words=16, bias_words=16,
            addr_bits=self.size["addr_bits"], **ARRAYS[self.size["array"]],
        )
        self.kind = kind = self.size["layer"]
        layer = self.free(register_layout(config), "layer")
        start = self.free(1, "start")
        flows = dataflows(config, layer)
        slot = self.free(slot_layout(config, flows), "slot")
        ports = [
            ReadPort(config.addr_bits, 1).create(path=(f"bank_{bank}",))
            for bank in range(config.weight_banks)
        ]
        reader = WeightReader(layer, start=start, slot=slot, ports=ports, flows=flows)
        inside = Opened(m, "reader", reader, platform)
        reads, ends = slot.weights, slot.tile_end & slot.oc_end
        current = Layers(self, m, registers=layer, start=start, needed=reads,
                         kind=is_of_kind(layer, kind)).current
        self.assume_inputs(slot, current)

        # The first words of the first row's pass and of the next one; which bank has the former.
        odd = Signal()
        place = Signal(config.addr_bits)  # of the word within its pass
        own, other = (Signal(config.addr_bits, name=f"first_{of}") for of in ("own", "other"))
        base, following = layer.weight_base, place + 1
        together = kind == "paired" or (kind == "shared" and config.odd_groups > 0)
        alone = config.weight_banks == 1 or (kind == "shared" and not together)
        both = slot.both if kind == "packed" else C(int(together))
        with m.If(start):
            m.d.sync += [odd.eq(0), place.eq(0), own.eq(base), other.eq(base)]
        with m.Elif(reads):
            m.d.sync += place.eq(Mux(slot.tile_end, 0, following))
            with m.If(ends & (both | alone)):
                m.d.sync += own.eq(own + following)
                if not alone:
                    m.d.sync += other.eq(other + following)
            with m.Elif(ends):
                m.d.sync += [own.eq(other), other.eq(own + following), odd.eq(~odd)]

        two = slot.crosses if kind == "packed" else C(int(together))
        for bank, port in enumerate(ports):
            mine = odd == bank
            first = Mux(mine, own, other)
            self.claim(f"bank {bank} is read if the tile has rows of its pass",
                       ~current | (port.en == (reads & (mine | two))))
            self.claim(f"bank {bank} is read only for weights", ~port.en | reads)
            self.claim(f"bank {bank}: the word of its pass", ~(current & port.en)
                       | (port.address == (first + place)[: config.addr_bits]))
            # What induction must know beside that. Where passes do not take turns, the second bank
            # of shared words that need one only may count as it likes.
            if bank == 0 or not alone:
                address, register = (
                    inside[f"address_{bank}.{name}"] for name in ("address", "first"))
                self.claim(f"bank {bank}: registers agree", ~current | (
                    (address == (first + place)[: config.addr_bits]) & (register == first)))
        if config.pack_edges and not together:
            self.claim("the first row's bank is known", ~current | (inside["odd"] == odd))
        self.reach("a tile takes the words of the tile before once more",
                   current & self.before(m, reads & slot.tile_end & ~slot.oc_end, "again") & reads)
        self.reach("a second pass has a second word", current & reads & (place == 1)
                   & (own != base) & ~odd)

    def assume_inputs(self, slot, current):
        """What others keep to."""
        self.assume("a tile ends with a word", ~slot.tile_end | slot.weights)
        if "both" in slot.shape().members:
            self.assume("a tile that ends two passes has rows of both, and ends the first",
                        ~slot.both | (slot.crosses & slot.oc_end))
            if self.kind != "packed":
                self.assume("in other layers tiles have rows of one pass: `packed_slot`",
                            ~current | (~slot.both & ~slot.crosses))
