"""Cases whose layers run behind each other on one core, as a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from convolith.model.arrays import Array
from convolith.model.compile.program import Program
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.layers.case import Case
from convolith.sim.layers.case_file import read_environment, written_content
from convolith.sim.layers.chain_case import ChainCase, PreparedChain
from convolith.sim.layers.common.prepared import Prepared
from convolith.sim.layers.common.prepared_layers import PreparedLayers

__all__ = ["PreparedSequence", "SequenceCase", "read_single"]


@dataclass(frozen=True, kw_only=True)
class SequenceCase:
    """Cases that one core runs behind each other, from one reset on.

    Parameters
    ----------
    cases : sequence of Case or ChainCase
        Two at least, all of one array. Their own environments do not count.
    environment : Environment, optional
        Of all of them.

    Raises
    ------
    ValueError
        If they are fewer, or of several arrays.
    """

    cases: Sequence[Case | ChainCase]
    environment: Environment | None = None

    def __post_init__(self) -> None:
        if len(self.cases) < 2:
            raise ValueError(f"a sequence must have two cases at least, not {len(self.cases)}")
        for case in self.cases:
            if case.config != self.config:
                raise ValueError(
                    f"all cases of a sequence must be of one array, not of {self.config} and of "
                    f"{case.config}"
                )

    @property
    def config(self) -> ArrayConfig:
        """The array."""
        return self.cases[0].config

    def prepare(self) -> "PreparedSequence":
        """Checks all cases.

        Raises
        ------
        TypeError, ValueError
            As their ``prepare``, and for a case without outputs.
        """
        parts = [case.prepare() for case in self.cases]
        for number, part in enumerate(parts, 1):
            if not part.program:
                raise ValueError(
                    f"each case of a sequence must have outputs, which case {number} has not"
                )
        return PreparedSequence.of(parts)

    def content(self) -> bytes:
        """As a file: the tensors, and ``case``, JSON of all else."""
        arrays = {
            f"{number}.{name}": array
            for number, case in enumerate(self.cases) for name, array in case.arrays.items()
        }
        return written_content(
            self.config, self.environment, arrays, cases=[case.text for case in self.cases]
        )

    @classmethod
    def read(cls, text: dict[str, Any], arrays: dict[str, Array]) -> "SequenceCase":
        """From the content of a file; raises all kinds of errors if it is damaged."""
        cases = []
        for number, of in enumerate(text["cases"]):
            start = f"{number}."
            own = {
                name.removeprefix(start): array
                for name, array in arrays.items() if name.startswith(start)
            }
            cases.append(read_single({**of, "config": text["config"], "environment": None}, own))
        return cls(cases=cases, environment=read_environment(text))


def read_single(text: dict[str, Any], arrays: dict[str, Array]) -> Case | ChainCase:
    """One case from the content of a file; raises all kinds of errors if it is damaged."""
    return (ChainCase if "layers" in text else Case).read(text, arrays)


@dataclass(frozen=True, kw_only=True)
class PreparedSequence(PreparedLayers):
    """Cases that the array can compute behind each other, everything checked.

    Parameters
    ----------
    parts : sequence of Prepared or PreparedChain
        The cases.
    """

    parts: Sequence[Prepared | PreparedChain]

    @classmethod
    def of(cls, parts: Sequence[Prepared | PreparedChain]) -> "PreparedSequence":
        """The same cases, with all of their layers."""
        return cls(parts=parts, layers=[layer for part in parts for layer in part.layers])

    @cached_property
    def program(self) -> Program:
        """The steps of all cases."""
        return [step for part in self.parts for step in part.program]

    @property
    def load_cycles(self) -> int:
        """Those of all cases, one after the other."""
        return sum(part.load_cycles for part in self.parts)
