# amaranth: UnusedElaboratable=no
"""Reads of one bank of weights, and of two, by hand."""

from amaranth.hdl import *
from benches import play

from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.dataflow.slot import slot_layout
from convolith.hw.fetch.weight_address import WeightReader
from convolith.hw.layouts.registers import register_layout
from convolith.hw.ports import ReadPort
from convolith.model.options.config import ArrayConfig


def reads(config, names, slots):
    """Per cycle each bank's address if it is read, else None; slots of ``names``."""
    layer, start = Signal(register_layout(config)), Signal()
    flows = dataflows(config, layer)
    slot = Signal(slot_layout(config, flows))
    ports = [
        ReadPort(config.addr_bits, 8).create(path=(f"bank_{bank}",))
        for bank in range(1 + config.pack_edges)
    ]
    dut = WeightReader(layer, start=start, slot=slot, ports=ports, flows=flows)
    inputs = (layer.weight_base, start, *(slot[name] for name in names))
    rows = [(40, 1, *[0] * len(names)), *((40, 0, *values) for values in slots)]
    outputs = [signal for port in ports for signal in (port.en, port.address)]
    return [
        tuple(address if en else None for en, address in zip(row[::2], row[1::2], strict=True))
        for row in play(dut, inputs, rows, outputs)[1:]
    ]


def test_one_bank():
    """Two tiles of an oc_tile take the same two words; the next oc_tile has the words after."""
    config = ArrayConfig(rows=2, cols=1, depthwise=False)
    names = ("weights", "tile_end", "oc_end")
    word, end, last = (1, 0, 0), (1, 1, 0), (1, 1, 1)
    idle = (0, 0, 0)
    slots = [word, end, idle, (1, 0, 1), last, word, last]
    found = [address for (address,) in reads(config, names, slots)]
    assert found == [40, 41, None, 40, 41, 42, 43]


def test_two_banks():
    """oc_tile 0 is in the first bank, oc_tile 1 in the second; one tile has rows of both."""
    config = ArrayConfig(rows=2, cols=1, depthwise=False, pack_edges=True, bias_words=0,
                         sum_words=0)
    names = ("weights", "tile_end", "oc_end", "crosses", "both")
    slots = [
        (1, 1, 0, 0, 0),  # a tile of oc_tile 0 alone
        (1, 1, 1, 1, 0),  # the last of oc_tile 0, with rows of oc_tile 1
        (1, 1, 0, 0, 0),  # oc_tile 1 alone: its word again, of the second bank
        (1, 1, 1, 1, 0),  # its last, with rows of oc_tile 2, in the first bank
        (1, 1, 1, 0, 0),
    ]
    assert reads(config, names, slots) == [(40, None), (40, 40), (None, 40), (41, 40), (41, None)]
