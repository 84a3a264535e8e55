"""Runs layers on `CoreWithMemories` in Verilog: reset, words, registers, rows."""

import random
from collections.abc import Iterable, Sequence
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge

from convolith.model.arrays import Ints
from convolith.model.compile.program import Step
from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Flag, Stream
from convolith.model.options.units import memories, outputs
from convolith.sim.bench.streams import PERIOD_NS, StreamMonitor, now, send

__all__ = ["CoreDriver"]

QUIET_CYCLES = 100  # nothing may follow the last row
SLACK = 1000


class CoreDriver:
    """Runs programs on a core with memories, in a test of cocotb.

    The core is the Verilog that `run_bench` or ``convolith verilog`` writes. Each method is awaited
    in the test; the clock has 10 ns.

    Parameters
    ----------
    dut : handle of the top level
    config : ArrayConfig
        The core's.
    idle : random.Random, optional
        Puts random gaps between the words that are sent.
    stall : random.Random, optional
        Makes the receiver of rows not ready in two of three cycles.

    Raises
    ------
    ValueError
        If the core lacks a stream that this configuration has.
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
        for name in (*memories(config), "layer"):
            if not hasattr(dut, f"i_{name}__valid"):
                raise ValueError(
                    f"the core must be of this configuration, but it has no stream i_{name}"
                )
        found = outputs(config)
        streams = [output.name for output in found if isinstance(output, Stream)]
        self.flags = [getattr(dut, output.name) for output in found if isinstance(output, Flag)]
        self.monitors = {name: StreamMonitor(dut, name, stall) for name in streams}

    async def reset(self) -> None:
        """Starts the clock, resets the core, and begins to take rows."""
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

    async def run_program(self, program: Sequence[Step]) -> tuple[list[Ints], list[int]]:
        """For each step the rows that leave, and the cycles; as `run`."""
        results = [await self.run(step) for step in program]
        return [rows for rows, _ in results], [cycles for _, cycles in results]

    async def run(self, step: Step) -> tuple[Ints, int]:
        """Writes a step's words, starts the core, and takes the rows that leave.

        The rows are (rows, C), or (words, L) of a requantized layer; a step that keeps its sums has
        none. The cycles are from the edge that accepts the registers to the one that transfers the
        last row, or to the cycle in which the last row is kept.

        Raises
        ------
        AssertionError
            If the core does not end, if rows come on the other stream or after the end, if
            ``last`` is not with the last row, or if a row changes while it waits.
        """
        sending = [
            cocotb.start_soon(self.send(name, step.writes(name))) for name in step.words
        ]
        for one in sending:
            await one
        await self.send("layer", [step.register_word])
        accepted = now()
        before = {name: len(monitor.taken) for name, monitor in self.monitors.items()}
        mine = self.monitors[step.stream].taken
        end = before[step.stream] + step.rows
        kept = 0
        for _ in range(10 * step.cycles + SLACK):
            await RisingEdge(self.dut.clk)
            kept = kept or now() * any(flag.value for flag in self.flags)
            if len(mine) >= end if step.rows else kept:
                break
        else:
            raise AssertionError(f"the layer has not ended after {now() - accepted} cycles")
        for _ in range(QUIET_CYCLES):
            await RisingEdge(self.dut.clk)
        taken = {name: self.monitors[name].taken[count:] for name, count in before.items()}
        payloads = [payload for _, payload in taken.pop(step.stream)]
        assert not any(taken.values()), "the other stream gave something"
        lasts = [payload >> step.last_bit for payload in payloads]
        assert lasts == [0] * (step.rows - 1) + [1] * bool(step.rows), "last is not the last row's"
        return step.numbers(payloads), (mine[-1][0] if step.rows else kept) - accepted

    async def send(self, name: str, payloads: Iterable[int]) -> None:
        """Sends payloads on one of the input streams, ``act``, ``weight``, ``layer``, ..."""
        await send(self.dut, f"i_{name}", payloads, idle=self.idle)
