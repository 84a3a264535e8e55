"""A program as a table: what each input of the core has in each clock cycle.

The table is made before anything runs, so every simulator is given the same one, whatever its core
does. A clock cycle is a line of the table; the cycles of a step are counted from the one in which
its registers are offered.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from convolith.model.compile.program import Program, Step
from convolith.model.dataflow.cycles import output_latency
from convolith.model.dataflow.readiness import Readiness, hashed
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.contract.expected import expected_events
from convolith.sim.engines.played.ports import Port, input_ports

__all__ = ["Stimulus"]

RESET_CYCLES = 2
PAUSE = 8
"""Cycles after a step, at least: what it stores is in the memory then, and cores with a part's own
cells take layers again."""


@dataclass(frozen=True, kw_only=True)
class Stimulus:
    """The inputs of a program.

    Parameters
    ----------
    config : ArrayConfig
    lines : sequence of tuple of int
        Per clock cycle the values of `input_ports`.
    starts : sequence of int
        Per step the clock cycle in which its registers are offered, for that cycle alone.
    """

    config: ArrayConfig
    lines: Sequence[tuple[int, ...]]
    starts: Sequence[int]

    @classmethod
    def of(cls, program: Program, environment: Environment) -> "Stimulus":
        """Steps behind each other, after a reset. The model says how long each of them takes."""
        return _Table(program[0].config, environment).stimulus(program)

    def ends(self, step: int) -> int:
        """The last clock cycle in which something can belong to a step."""
        following = self.starts[step + 1 :]
        return following[0] if following else len(self.lines) - 1


class _Table:
    """A stimulus that is being written."""

    def __init__(self, config: ArrayConfig, environment: Environment):
        self.config, self.environment = config, environment
        self.ports = input_ports(config)
        (self.registers,) = [port for port in self.ports if port.name == "i_layer__payload"]
        self.readies = [port.name for port in self.ports if port.name.endswith("__ready")]
        self.lines: list[tuple[int, ...]] = []
        self.starts: list[int] = []
        self.scrambles = 0

    def stimulus(self, program: Program) -> Stimulus:
        """The whole table."""
        for _ in range(RESET_CYCLES):
            self.add({"rst": 1})
        before = 0
        for step, events in zip(program, expected_events(program, self.environment), strict=True):
            self.load(step)
            self.start(step)
            self.wait(self.environment.readiness(before), events.end)
            pause = PAUSE + hashed(self.environment.seed + len(self.starts)) % PAUSE
            self.wait(Readiness(), max(0, events.ready - events.end) + pause)
            before += events.end
        # As long as anything can be on its way to the output.
        self.wait(Readiness(), output_latency(self.config) + self.config.least_cycles)
        return Stimulus(config=self.config, lines=self.lines, starts=self.starts)

    def load(self, step: Step) -> None:
        """All memories at the same time, a word each per cycle."""
        words = {name: step.writes(name) for name in step.words}
        for number in range(step.load_cycles):
            values: dict[str, int] = {}
            for name, writes in words.items():
                if number < len(writes):
                    values |= {f"i_{name}__valid": 1, f"i_{name}__payload": writes[number]}
            self.add(values)

    def start(self, step: Step) -> None:
        """The registers are offered."""
        self.starts.append(len(self.lines))
        self.add({"i_layer__valid": 1, "i_layer__payload": step.register_word})

    def wait(self, readiness: Readiness, cycles: int) -> None:
        """Cycles in which the outputs are taken, or not."""
        for cycle in range(1, cycles + 1):
            self.add({}, ready=readiness.ready(cycle))

    def add(self, values: Mapping[str, int], *, ready: bool = True) -> None:
        """A line. Registers that are not offered are scrambled, if the environment does that."""
        line = dict.fromkeys(self.readies, int(ready)) | dict(values)
        if self.environment.scrambled and "i_layer__valid" not in line:
            line["i_layer__payload"] = self.scramble(self.registers)
        self.lines.append(tuple(line.get(port.name, 0) for port in self.ports))

    def scramble(self, port: Port) -> int:
        """Bits that look random."""
        return sum(word << 64 * i for i, word in enumerate(self.words(port.bits))) & (
            (1 << port.bits) - 1
        )

    def words(self, bits: int) -> Iterator[int]:
        """Words of 64 bits, as many as ``bits`` need."""
        for _ in range(0, bits, 64):
            self.scrambles += 1
            yield hashed(self.environment.seed + self.scrambles)
