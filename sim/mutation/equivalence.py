"""Proofs that no stimulus can find a mutant: from every state it does what the right core does."""

from pathlib import Path
from tempfile import TemporaryDirectory

from convolith.hw.cells.generic.word_memory import memory_module
from convolith.hw.name import NAME
from convolith.sim.mutation.design import SELECTOR, Design
from convolith.sim.mutation.reviewed import Review
from convolith.sim.synthesis.tools import yosys

__all__ = ["EQUIVALENT", "is_equivalent"]

EQUIVALENT = Review("proved", "from every state it does what the core does")

SECONDS = 60
"""That the solver may take."""

COPIES = """read_rtlil flat.il
read_verilog -lib memory.v
copy {name} gold
copy {name} gate
{gold}
{gate}
memory_map gold gate
dffunmap gold gate
splitnets -driver gold gate
"""
"""Two copies: in one an input with the value 1 would switch the mutant on, in the other with 2. So
both have the same cells."""

LIST = """{copies}
tee -o gold.txt select -list gold/t:$dff %co1:+[Q] gold/w:$* %i
tee -o gate.txt select -list gate/t:$dff %co1:+[Q] gate/w:$* %i
"""
"""Registers without a name: the mutated one can be among them."""

EXPOSE = """cd {module}
{renamed}
expose -evert t:{name}_memory
expose -evert-dff
cd
"""
"""What registers and memories hold becomes an input, and what they take an output."""

PROVE = """{copies}
{exposed}
miter -equiv gold gate both
flatten both
opt_expr both
opt_merge -share_all both
opt_expr -full both
opt_clean both
tee -o answer.txt sat -prove trigger 0 -set in_{selector} 2 -timeout {seconds} both
"""


def is_equivalent(design: Design, number: int) -> bool:
    """Whether a mutant has the same outputs and next states as the core, whatever the state.

    Yosys' solver proves it (``sat`` on a ``miter`` of both). That a proof fails means nothing: it
    also looks at states that no layer leads to.

    Raises
    ------
    SynthesisError
        If Yosys is missing, or fails.
    """
    tool = yosys()
    command = design.commands[number - 1]
    with TemporaryDirectory(prefix="convolith-prove-") as folder:
        work = Path(folder)
        (work / "flat.il").write_text(design.flat)
        (work / "memory.v").write_text(memory_module(NAME))
        copies = COPIES.format(
            name=NAME, gold=_switched(command, "gold", 1), gate=_switched(command, "gate", 2)
        )
        (work / "list.ys").write_text(LIST.format(copies=copies))
        tool.run(["-q", "-s", "list.ys"], work, "gate.txt")
        exposed = "".join(
            EXPOSE.format(module=module, name=NAME, renamed=_renamed(work / f"{module}.txt"))
            for module in ("gold", "gate")
        )
        (work / "prove.ys").write_text(PROVE.format(
            copies=copies, exposed=exposed, selector=SELECTOR, seconds=SECONDS
        ))
        tool.run(["-q", "-s", "prove.ys"], work, "answer.txt")
        return "no model found: SUCCESS" in (work / "answer.txt").read_text()


def _switched(command: str, module: str, value: int) -> str:
    """The command that makes the mutant, in a copy, with another value that switches it on."""
    options = command.split()
    at = options.index("-ctrl")
    options[at + 2 : at + 4] = "2", str(value)
    options[options.index("-module") + 1] = module
    return " ".join(options)


def _renamed(listed: Path) -> str:
    """Gives names to wires, the same ones in both copies."""
    wires = [line.split("/", 1)[1] for line in listed.read_text().splitlines() if "/" in line]
    return "\n".join(f"rename {wire} unnamed_{number}" for number, wire in enumerate(wires))
