"""An environment around the core in Amaranth's simulator, and what the core's ports do in it."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from convolith.hw.memory import CoreWithMemories
from convolith.model.compile.program import Step
from convolith.model.dataflow.readiness import hashed
from convolith.model.options.unit import Stream
from convolith.model.options.units import memories, outputs, write_ports
from convolith.sim.engines.contract.environment import (
    Activity,
    Environment,
    lost_write,
    stray_read,
)
from convolith.sim.engines.contract.errors import SimulationError

__all__ = ["PortWatch"]

MOST_CYCLES_TO_ACCEPT = 1000


class PortWatch:
    """Sets the inputs of each cycle, and counts what the ports do.

    Parameters
    ----------
    dut : CoreWithMemories
    environment : Environment
    """

    def __init__(self, dut: CoreWithMemories, environment: Environment):
        self.dut, self.environment = dut, environment
        self.readiness = environment.readiness()
        self.names = tuple(memories(dut.config))
        self.written = write_ports(dut.config)
        self.ready = [
            getattr(dut, output.name).ready
            for output in outputs(dut.config) if isinstance(output, Stream)
        ]
        self.scrambles = 0

    @cached_property
    def signals(self) -> list[Any]:
        """What `take` gets of each cycle."""
        core = self.dut.core
        ports = [getattr(core, name) for name in self.names]
        stores = [getattr(core, port.name) for port in self.written]
        return [
            core.i_layer.ready, *(port.en for port in ports), *(port.address for port in ports),
            *(part for port in stores for part in (port.en, port.address)),
        ]

    def begin(self, ctx, step: Step, before: int) -> int:
        """The next cycle is the first one of a step; how many it takes at most."""
        self.surround(ctx, before + 1)
        self.step, self.cycle, self.ready_again = step, 0, 0
        self.reads = dict.fromkeys(self.names, 0)
        self.most = self.environment.most_cycles(step.cycles, step.rows)
        return self.most

    def surround(self, ctx, cycle: int) -> None:
        """Sets the inputs of a cycle."""
        ready = self.readiness.ready(cycle)
        for port in self.ready:
            ctx.set(port, ready)
        if self.environment.scrambled:
            self.scramble(ctx)

    def scramble(self, ctx) -> None:
        """Registers that do not count."""
        payload = self.dut.i_layer.payload.as_value()
        word = 0
        for place in range(0, len(payload), 64):
            self.scrambles += 1
            word |= hashed(self.environment.seed + self.scrambles) << place
        ctx.set(payload, word & ((1 << len(payload)) - 1))

    def take(self, ctx, cycle: int, values: Sequence[int]) -> None:
        """Counts what happened in a cycle, and sets the inputs of the next one."""
        self.surround(ctx, cycle + 1)
        self.count(values)

    def count(self, values: Sequence[int]) -> None:
        """Counts what happened in a cycle."""
        self.cycle += 1
        ready, reads, stores = values[0], len(self.names), 1 + 2 * len(self.names)
        if ready and not self.ready_again:
            self.ready_again = self.cycle
        for name, en, address in zip(
            self.names, values[1 : 1 + reads], values[1 + reads : stores], strict=True
        ):
            if en:
                self.reads[name] += 1
                if address not in self.step.reads[name]:
                    raise stray_read(name, address, self.step.reads[name], self.cycle)
        for store, en, address in zip(
            self.written, values[stores::2], values[stores + 1 :: 2], strict=True
        ):
            depth = memories(self.dut.config)[store.memory].depth
            if en and address >= depth:
                raise lost_write(store.memory, address, depth)

    async def settle(self, ctx) -> Activity:
        """Goes on until the core takes the next layer, in cycles that do not count.

        Raises
        ------
        SimulationError
            If it does not.
        """
        while not self.ready_again:
            if self.cycle > self.most + MOST_CYCLES_TO_ACCEPT:
                raise SimulationError("after its end the layer keeps the next one out")
            if self.environment.scrambled:
                self.scramble(ctx)
            _, _, *values = await ctx.tick().sample(*self.signals)
            self.count(values)
        return Activity(ready=self.ready_again, reads=self.reads)
