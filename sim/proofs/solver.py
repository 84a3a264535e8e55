"""Yosys' SAT solver: asks it for a run in which a claim does not hold."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from amaranth.back import rtlil
from amaranth.hdl import Fragment

from convolith.hw.properties.method import Bounded, Induction
from convolith.hw.properties.property import Property
from convolith.hw.properties.register_memory import ProofPlatform
from convolith.sim.synthesis.tools import SynthesisError, yosys

__all__ = ["Answer", "ask_for_error", "ask_for_proof"]

TOP = "top"
READ = "read_rtlil top.il\nproc\n"
SAVE, LOAD = "design -save whole\n", "design -load whole\n"
WITHOUT = f"delete -output {TOP}/{{name}}\n"
FLATTEN = "flatten\nopt_clean -purge\nopt\nopt_clean -purge\n"
"""Not ``opt -full``: that would set what a cut leaves open to one value."""

CUT = f"delete {TOP}.{{block}}/c:*\n"
OPAQUE = "delete t:$mul\n"
"""What nobody drives, the solver may choose. Equal products are one cell by then."""

WITNESS = "-seq {last} -set-at {last} seen 1"
AT_END = "-seq {last} -set-at {last} holds 0"
STEP = "-tempinduct -tempinduct-skip {skip} -maxsteps {k} -prove holds 1"

HEADER = re.compile(r"^  *Time +Signal Name")
VALUE = re.compile(r"^ *(init|\d+) \\?(\S+) +(-?\d+|--) +\S+ +([01x]+)$")

HOLDS = (
    "Induction step proven: SUCCESS!",
    "proved base case for ",
    "SAT solving finished - no model found.",
)
RUN_FOUND = ("model found for base case: FAIL!", "SAT solving finished - model found:")
NO_STEP = "Reached maximum number of time steps -> proof failed."

Trace = Mapping[str, Mapping[int, int]]
"""For each signal its value in each cycle, from 1."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the solver says.

    Parameters
    ----------
    holds : bool
        The claims hold, as far as the method reaches.
    trace : mapping or None
        A run from reset in which they do not.
    reached : bool
        A short run from reset shows all that is to be reached. Only a proof asks for that.
    """

    holds: bool
    trace: Trace | None = None
    reached: bool = False


def ask_for_proof(prop: Property, until: float | None = None) -> Answer:
    """Whether the claims of a property hold, and whether what they speak of happens.

    ``until``: the time of `perf_counter` at which the solver must have ended.

    Raises
    ------
    SynthesisError
        If Yosys is missing, or fails.
    OutOfTime
        If the solver has not ended in time.
    """
    method = prop.method
    if isinstance(method, Induction):
        # Base case and step apart: the solver would try all shorter steps as well, in vain.
        proof = [_runs(method.k), STEP.format(k=method.k, skip=method.k - 1)]
    else:
        assert isinstance(method, Bounded)
        proof = [_runs(method.cycles)]
    *parts, witness = _ask(prop, proof, [WITNESS.format(last=prop.traces)], until)
    broken = next((part for part in parts if not part.holds), None)
    return broken or Answer(holds=True, reached=not witness.holds)


def ask_for_error(prop: Property, until: float | None = None, *, at_end: bool = False) -> Answer:
    """Whether the claims hold in all short runs from reset: a planted error must show there.

    ``at_end``: only the last cycle counts.
    """
    at_end = at_end or prop.method.at_end
    question = AT_END.format(last=prop.traces) if at_end else _runs(prop.traces)
    (answer,) = _ask(prop, [question], [], until)
    return answer


def _runs(cycles: int) -> str:
    return f"-tempinduct -tempinduct-baseonly -maxsteps {cycles} -prove holds 1"


def _ask(
    prop: Property, about_claims: Sequence[str], about_seen: Sequence[str], until: float | None
) -> list[Answer]:
    """The answers of one run of Yosys. It removes what has no part in the claims, or in ``seen``.

    The questions are about the claims, and about what is to be reached.
    """
    platform = ProofPlatform(prop.device)
    fragment = Fragment.get(prop, platform)
    claims = list(prop.claims.values())
    shown = [signal for signal in (*prop.inputs, *claims) if len(signal)]
    ports = [*prop.inputs, prop.assumed, prop.holds, prop.seen, *claims]
    with TemporaryDirectory(prefix="convolith-prove-") as folder:
        work = Path(folder)
        text = rtlil.convert(fragment, name=TOP, ports=ports, platform=platform, emit_src=False)
        (work / "top.il").write_text(text)
        cuts = "".join(CUT.format(block=block) for block in prop.cut)
        opaque = OPAQUE if prop.opaque else ""
        script, said = READ + cuts + SAVE, list[str]()
        for questions, others in (
            (about_claims, [prop.seen]), (about_seen, [prop.holds, *claims])
        ):
            if not questions:
                continue
            script += LOAD + "".join(WITHOUT.format(name=signal.name) for signal in others)
            script += FLATTEN + opaque
            known = [signal for signal in shown if not any(signal is other for other in others)]
            show = " ".join(f"-show {signal.name}" for signal in known)
            for question in questions:
                said.append(f"said_{len(said)}.txt")
                script += f"tee -q -o {said[-1]} sat -set assumed 1 {question} {show} {TOP}\n"
        (work / "prove.ys").write_text(script)
        seconds = None if until is None else max(0.0, until - perf_counter())
        yosys().run(["-q", "-s", "prove.ys"], work, said[-1], seconds=seconds)
        return [_answer((work / file).read_text()) for file in said]


def _answer(said: str) -> Answer:
    if any(text in said for text in RUN_FOUND):
        return Answer(holds=False, trace=_trace(said))
    if any(text in said for text in HOLDS):
        return Answer(holds=True)
    if NO_STEP in said:
        return Answer(holds=False)
    raise SynthesisError(f"Yosys' solver has not come to an end: {said[-200:]!r}")


def _trace(said: str) -> Trace:
    lines = said.splitlines()
    starts = [i for i, line in enumerate(lines) if HEADER.match(line)]
    found: dict[str, dict[int, int]] = {}
    for line in lines[starts[-1] :] if starts else ():
        if (match := VALUE.match(line)) and match[1] != "init":
            found.setdefault(match[2], {})[int(match[1])] = int(match[4].replace("x", "0"), 2)
    return found
