"""Layers through `CoreWithMemories` in Verilog: reset, words, registers, rows of sums."""

import random
from collections.abc import Iterable
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge
from numpy.typing import NDArray

from convolith.hw.layouts.registers import register_layout
from convolith.model.dataflow.layout import to_ints
from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Stream
from convolith.model.options.units import memories, outputs
from convolith.sim.bench.streams import PERIOD_NS, StreamMonitor, now, send
from convolith.sim.engines.contract.load import Load
from convolith.sim.engines.contract.packing import unpack_payloads

__all__ = ["CoreDriver"]

QUIET_CYCLES = 100  # nothing may follow the last row


class CoreDriver:
    """Runs loads one after the other.

    Parameters
    ----------
    dut : handle of the top level
    config : ArrayConfig
    idle, stall : random.Random, optional
        Gaps in what is sent; a consumer that is not always ready.
    """

    def __init__(
        self,
        dut: Any,
        config: ArrayConfig,
        *,
        idle: random.Random | None = None,
        stall: random.Random | None = None,
    ):
        self.dut, self.config, self.idle = dut, config, idle
        streams = [output.name for output in outputs(config) if isinstance(output, Stream)]
        self.monitors = {name: StreamMonitor(dut, name, stall) for name in streams}
        self.bits = {name: memory.number_bits for name, memory in memories(config).items()}

    async def reset(self) -> None:
        """Starts the clock, resets, and begins to take rows."""
        for name in (*self.bits, "layer"):
            getattr(self.dut, f"i_{name}__valid").value = 0
            getattr(self.dut, f"i_{name}__payload").value = 0
        for name in self.monitors:
            getattr(self.dut, f"{name}__ready").value = 0
        self.dut.rst.value = 1
        Clock(self.dut.clk, PERIOD_NS, unit="ns").start()
        for _ in range(3):
            await RisingEdge(self.dut.clk)
        self.dut.rst.value = 0
        for monitor in self.monitors.values():
            cocotb.start_soon(monitor.run())

    async def run(self, load: Load) -> tuple[NDArray[np.int64], int]:
        """What leaves, and the cycles until the last of it; a load that keeps its sums has none.

        Afterwards nothing more may come.
        """
        sending = []
        for name, bits in self.bits.items():
            if load.source(name) is not None:
                writes = self.writes(load.words(name), bits)
                sending.append(cocotb.start_soon(self.send(name, writes)))
        for one in sending:
            await one
        registers = register_layout(self.config).const(load.registers()).as_bits()
        await self.send("layer", [registers])
        accepted = now()
        before = {name: len(monitor.taken) for name, monitor in self.monitors.items()}
        mine = "results" if load.output else "o"
        for _ in range(10 * load.cycles):
            if load.rows and len(self.monitors[mine].taken) == before[mine] + load.rows:
                break
            await RisingEdge(self.dut.clk)
        for _ in range(QUIET_CYCLES):
            await RisingEdge(self.dut.clk)
        taken = {name: self.monitors[name].taken[count:] for name, count in before.items()}
        payloads = [payload for _, payload in taken.pop(mine)]
        assert not any(taken.values()), "the other stream gave something"
        lanes, bits = load.lanes
        lasts = [payload >> lanes * bits for payload in payloads]
        assert lasts == [0] * (load.rows - 1) + [1] * bool(load.rows)
        last = self.monitors[mine].taken[-1][0] if payloads else accepted
        return unpack_payloads(payloads, lanes, bits), last - accepted

    async def send(self, name: str, payloads: Iterable[int]) -> None:
        """On one of the input streams."""
        await send(self.dut, f"i_{name}", payloads, idle=self.idle)

    def writes(self, words: NDArray[Any], bits: int) -> list[int]:
        """Payloads that write words to addresses 0, 1, ..."""
        packed = to_ints(words.astype(np.int64), bits)
        return [address | word << self.config.addr_bits for address, word in enumerate(packed)]
