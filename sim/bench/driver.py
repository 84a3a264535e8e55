"""Layers through `CoreWithMemories` in Verilog: reset, words, registers, rows of sums."""

import random
from collections.abc import Iterable
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge
from numpy.typing import NDArray

from convolith.hw.registers import register_layout
from convolith.model.config import ArrayConfig
from convolith.model.layout import to_ints
from convolith.sim.bench.streams import PERIOD_NS, StreamMonitor, now, send
from convolith.sim.packing import unpack_sums
from convolith.sim.simulator import Load

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
        self.monitor = StreamMonitor(dut, "o", stall)
        self.bits = {"act": config.act_bits, "weight": config.weight_bits}
        if config.bias_words:
            self.bits["bias"] = config.acc_bits

    async def reset(self) -> None:
        """Starts the clock, resets, and begins to take rows."""
        for name in (*self.bits, "layer"):
            getattr(self.dut, f"i_{name}__valid").value = 0
            getattr(self.dut, f"i_{name}__payload").value = 0
        self.dut.o__ready.value = 0
        self.dut.rst.value = 1
        Clock(self.dut.clk, PERIOD_NS, unit="ns").start()
        for _ in range(3):
            await RisingEdge(self.dut.clk)
        self.dut.rst.value = 0
        cocotb.start_soon(self.monitor.run())

    async def run(self, load: Load) -> tuple[NDArray[np.int64], int]:
        """Its rows of sums, and the cycles until the last one; a load that keeps them has none.

        Afterwards nothing more may come.
        """
        sending = []
        for name, bits in self.bits.items():
            words = getattr(load, name)
            if words is not None:
                sending.append(cocotb.start_soon(self.send(name, self.writes(words, bits))))
        for one in sending:
            await one
        registers = register_layout(self.config).const(load.registers()).as_bits()
        await self.send("layer", [registers])
        accepted, before = now(), len(self.monitor.taken)
        for _ in range(10 * load.cycles):
            if load.rows and len(self.monitor.taken) == before + load.rows:
                break
            await RisingEdge(self.dut.clk)
        for _ in range(QUIET_CYCLES):
            await RisingEdge(self.dut.clk)
        taken = self.monitor.taken[before:]
        lasts = [payload >> self.config.sums_bits for _, payload in taken]
        assert lasts == [0] * (load.rows - 1) + [1] * bool(load.rows)
        sums = unpack_sums(self.config, [payload for _, payload in taken])
        return sums, taken[-1][0] - accepted if taken else 0

    async def send(self, name: str, payloads: Iterable[int]) -> None:
        """On one of the input streams."""
        await send(self.dut, f"i_{name}", payloads, idle=self.idle)

    def writes(self, words: NDArray[Any], bits: int) -> list[int]:
        """Payloads that write words to addresses 0, 1, ..."""
        packed = to_ints(words.astype(np.int64), bits)
        return [address | word << self.config.addr_bits for address, word in enumerate(packed)]
