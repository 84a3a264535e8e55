"""A driver and a monitor for valid/ready streams, with idle cycles and backpressure."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cocotb.triggers import RisingEdge
from cocotb.utils import get_sim_time

__all__ = ["PERIOD_NS", "StreamMonitor", "now", "send"]

PERIOD_NS = 10


def now() -> int:
    """The current cycle. It is the same for everything that happens at one clock edge."""
    return round(get_sim_time("ns") / PERIOD_NS)


async def send(dut, name: str, payloads: Iterable[int], *, idle: random.Random | None) -> None:
    """Sends payloads on an input stream; with ``idle``, with gaps of up to three cycles."""
    valid = getattr(dut, f"{name}__valid")
    ready = getattr(dut, f"{name}__ready")
    for payload in payloads:
        for _ in range(idle.randrange(4) if idle else 0):
            await RisingEdge(dut.clk)
        getattr(dut, f"{name}__payload").value = payload
        valid.value = 1
        await RisingEdge(dut.clk)
        while not ready.value:  # as it was before the edge
            await RisingEdge(dut.clk)
        valid.value = 0


@dataclass
class StreamMonitor:
    """Takes payloads from an output stream, for ever.

    ``taken`` has the cycle (`now`) and the payload of each transfer. With ``stall``, ``ready``
    falls at random. A payload that changes while it waits is an error.
    """

    dut: Any
    name: str
    stall: random.Random | None
    taken: list[tuple[int, int]] = field(default_factory=list)

    async def run(self) -> None:
        valid = getattr(self.dut, f"{self.name}__valid")
        ready = getattr(self.dut, f"{self.name}__ready")
        payload = getattr(self.dut, f"{self.name}__payload")
        ready.value = 1
        waiting = None
        while True:
            await RisingEdge(self.dut.clk)
            if valid.value:
                offered = payload.value.to_unsigned()
                assert waiting in (None, offered), "the payload changed before its transfer"
                waiting = offered
                if ready.value:
                    self.taken.append((now(), offered))
                    waiting = None
            else:
                assert waiting is None, "valid fell before the transfer"
            if self.stall:
                ready.value = self.stall.randrange(3) == 0
