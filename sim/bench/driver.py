"""Runs layers on `CoreWithMemories` in Verilog: reset, words, registers, rows of sums."""

import random
from collections.abc import Iterable
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge
from numpy.typing import NDArray

from convolith.model.compile.program import Step
from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Stream
from convolith.model.options.units import memories, outputs
from convolith.sim.bench.streams import PERIOD_NS, StreamMonitor, now, send

__all__ = ["CoreDriver"]

QUIET_CYCLES = 100  # nothing may follow the last row


class CoreDriver:
    """Runs the steps of programs one after the other.

    Parameters
    ----------
    dut : handle of the top level
    config : ArrayConfig
    idle, stall : random.Random, optional
        ``idle``: gaps between the words that are sent. ``stall``: a consumer that is not always
        ready.
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

    async def reset(self) -> None:
        """Starts the clock, resets, and begins to take rows."""
        for name in (*memories(self.config), "layer"):
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

    async def run(self, step: Step) -> tuple[NDArray[np.int64], int]:
        """The rows that leave, and the cycles until the last one.

        A step that keeps its sums has none. It is an error if more rows come afterwards.
        """
        sending = [
            cocotb.start_soon(self.send(name, step.writes(name))) for name in step.words
        ]
        for one in sending:
            await one
        await self.send("layer", [step.register_word])
        accepted = now()
        before = {name: len(monitor.taken) for name, monitor in self.monitors.items()}
        mine = step.stream
        for _ in range(10 * step.cycles):
            if step.rows and len(self.monitors[mine].taken) == before[mine] + step.rows:
                break
            await RisingEdge(self.dut.clk)
        for _ in range(QUIET_CYCLES):
            await RisingEdge(self.dut.clk)
        taken = {name: self.monitors[name].taken[count:] for name, count in before.items()}
        payloads = [payload for _, payload in taken.pop(mine)]
        assert not any(taken.values()), "the other stream gave something"
        lasts = [payload >> step.last_bit for payload in payloads]
        assert lasts == [0] * (step.rows - 1) + [1] * bool(step.rows)
        last = self.monitors[mine].taken[-1][0] if payloads else accepted
        return step.numbers(payloads), last - accepted

    async def send(self, name: str, payloads: Iterable[int]) -> None:
        """Sends payloads on one of the input streams."""
        await send(self.dut, f"i_{name}", payloads, idle=self.idle)
