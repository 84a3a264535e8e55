"""The blocks that can be synthesized, with their inputs and outputs."""

from dataclasses import dataclass
from types import SimpleNamespace

from amaranth.back import rtlil
from amaranth.hdl import Elaboratable, Signal, Value, signed
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In

from convolith.hw.array.mesh import MacArray
from convolith.hw.dataflow.dataflows import dataflows
from convolith.hw.layouts.registers import register_layout
from convolith.hw.memory import CoreWithMemories
from convolith.hw.requantize.lane import PostLane, parameter_layout
from convolith.model.options.config import ArrayConfig
from convolith.sim.synthesis.pins import Pins
from convolith.sim.synthesis.target import Target

__all__ = ["BLOCKS", "Block", "block_rtlil", "placeable_rtlil"]


@dataclass(frozen=True)
class Block:
    """A block, and the signals that it reads and drives."""

    hardware: Elaboratable
    inputs: list[Value]
    outputs: list[Value]


def array(config: ArrayConfig) -> Block:
    """The mesh of PEs, with its weight chain and drain bus."""

    def rows(name: str, width: int) -> list[Signal]:
        return [Signal(width, name=f"{name}_{r}") for r in range(config.rows)]

    operands = rows("operands", config.dot * config.act_bits)
    valid, final = rows("valid", 1), rows("final", 1)
    weights = Signal(config.weight_word_bits * config.weight_banks, name="weights")
    layer = Signal(register_layout(config))
    flows = [flow for flow in dataflows(config, layer) if flow.banks]
    next_odd = [bank.next_odd for flow in flows for bank in flow.banks]
    first, last = Signal(name="first"), Signal(name="last")
    hardware = MacArray(
        config,
        rows=SimpleNamespace(operands=operands, valid=valid, final=final),
        weights=SimpleNamespace(weights=weights, first=first, last=last),
        flows=flows,
    )
    inputs = [*operands, *valid, *final, *next_odd, weights, first, last]
    return Block(hardware, inputs, [hardware.done, hardware.o_valid, Value.cast(hardware.o)])


def core(config: ArrayConfig) -> Block:
    """The core with its memories."""
    hardware = CoreWithMemories(config)
    inputs: list[Value] = []
    outputs: list[Value] = []
    for _, member, value in hardware.signature.flatten(hardware):
        (inputs if member.flow == In else outputs).append(Value.cast(value))
    return Block(hardware, inputs, outputs)


def lane(config: ArrayConfig) -> Block:
    """A requantization lane. It does not depend on the array's size."""
    numbers = dict.fromkeys(("zero_point", "low", "high"), signed(config.act_bits))
    layer, parameters = Signal(StructLayout(numbers)), Signal(parameter_layout(config))
    sum_ = Signal(config.acc_bits, name="sum")
    hardware = PostLane(config, layer, sum=sum_, parameters=parameters)
    inputs = [sum_, Value.cast(parameters), Value.cast(layer)]
    return Block(hardware, inputs, [hardware.activation])


BLOCKS = {"array": array, "core": core, "lane": lane}


def block_rtlil(name: str, config: ArrayConfig, target: Target) -> str:
    """The block alone, to count its cells."""
    block = BLOCKS[name](config)
    ports = [*block.inputs, *block.outputs]
    return rtlil.convert(
        block.hardware, name=name, platform=target, ports=ports, emit_src=False
    )


def placeable_rtlil(name: str, config: ArrayConfig, target: Target) -> str:
    """The block between registers (`Pins`), to find its clock. Its cells' names begin ``NAME.``."""
    block = BLOCKS[name](config)
    pins = Pins(name, block.hardware, block.inputs, block.outputs)
    return rtlil.convert(pins, name="pins", platform=target, ports=[pins.i, pins.o], emit_src=False)
