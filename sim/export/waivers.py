"""Verilator's style warnings that do not apply to what Convolith writes."""

__all__ = ["waivers"]

LINT = {
    "DECLFILENAME": "the modules are in one file",
    "PROCASSINIT": "a register's reset value is its initial value as well",
    "UNUSEDSIGNAL": "payloads have a signal per field, for waveforms",
}
"""Those of ``-Wall``, and why."""


def waivers() -> str:
    """A configuration file for Verilator."""
    lines = ["`verilator_config"]
    for rule, reason in LINT.items():
        lines += [f"// {reason}", f"lint_off -rule {rule}"]
    return "\n".join([*lines, ""])
