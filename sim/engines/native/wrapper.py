"""The Verilog around the core: plain port names for C++, and what never changes tied."""

from collections.abc import Sequence

from convolith.hw.name import NAME
from convolith.model.options.config import ArrayConfig
from convolith.model.options.unit import Field, Flag, Stream
from convolith.model.options.units import memories, outputs, registers, write_ports
from convolith.sim.engines.contract.probe import OBSERVED, Probe, probes
from convolith.sim.engines.native.kind import Kind
from convolith.sim.engines.native.verilog import is_gated

__all__ = ["TOP", "observed_files", "ports_header", "wrapper"]

TOP = "native"

VISIBLE = {
    "*pe_*": ("activations", "weights"), "*observer": OBSERVED, "*array": ("done", "o_valid"),
}
"""Signals within the core that recordings have, by module."""


def wrapper(config: ArrayConfig, kind: Kind) -> str:
    """A module named TOP around the core's Verilog.

    In a core that is not tested the outputs are always ready, and the reset is tied to 0, as all
    registers start with their reset values: with a reset that could come, Verilator evaluates what
    depends on it, which is nearly everything, twice per cycle. An observed core has the fields of
    the streams as signals, for waveforms.
    """
    ports = [
        ("input", "clk", 1, "clk"),
        ("input", "layer_valid", 1, "i_layer__valid"),
        ("output", "layer_ready", 1, "i_layer__ready"),
        ("input", "layer", _width(registers(config)), "i_layer__payload"),
    ]
    for memory in memories(config).values():
        name = memory.name
        ports += [
            ("output", f"{name}_en", 1, f"{name}__en"),
            ("output", f"{name}_address", config.addr_bits, f"{name}__address"),
            ("input", f"{name}_data", memory.word_bits, f"{name}__data"),
        ]
    for port in write_ports(config):
        name = port.name
        ports += [
            ("output", f"{name}_en", port.banks, f"{name}__en"),
            ("output", f"{name}_address", config.addr_bits, f"{name}__address"),
            ("output", f"{name}_data", port.bits, f"{name}__data"),
        ]
    tied = []
    for output in outputs(config):
        name = output.name
        if isinstance(output, Stream):
            item = output.item
            ports += [
                ("output", f"{item}_valid", 1, f"{name}__valid"),
                ("output", item, _width(output.fields), f"{name}__payload"),
            ]
            if kind.tested:
                ports.append(("input", f"{item}_ready", 1, f"{name}__ready"))
            else:
                tied.append(name)
        else:
            ports.append(("output", name, 1, name))
    if kind.selector:
        ports.append(("input", "mutsel", kind.selector, "mutsel"))
    if kind.tested:
        ports.append(("input", "rst", 1, "rst"))
    if is_gated(config, observed=kind.observed):
        ports += [
            ("input", "lanes_clk", 1, "lanes_clk"),
            ("output", "lanes_active", 1, "lanes_active"),
        ]
    lines = [f"module {TOP}({', '.join(name for _, name, _, _ in ports)});"]
    lines += [f"  {way} {_range(bits)}{name};" for way, name, bits, _ in ports]
    joined = [f".{port}({name})" for _, name, _, port in ports]
    joined += [] if kind.tested else [".rst(1'b0)"]
    joined += [f".{name}__ready(1'b1)" for name in tied]
    lines.append(f"  {NAME} core({', '.join(joined)});")
    if kind.observed:
        bits = config.acc_bits
        lines.append(f"  wire row_last = row[{config.cols * bits}];")
        lines += [
            f"  wire signed {_range(bits)}sum_{c} = row[{c * bits} +: {bits}];"
            for c in range(config.cols)
        ]
    return "\n".join([*lines, "endmodule", ""])


def ports_header(config: ArrayConfig) -> str:
    """What the harness has to know of the ports: lists of C macros, an ``EACH(...)`` per entry."""
    leaving = outputs(config)
    lists: dict[str, list[tuple[object, ...]]] = {
        "MEMORIES": [(name,) for name in memories(config)],
        "STREAMS": [(output.item,) for output in leaving if isinstance(output, Stream)],
        "FLAGS": [(output.name,) for output in leaving if isinstance(output, Flag)],
        "WRITES": [
            (port.name, port.memory, port.banks, port.bits) for port in write_ports(config)
        ],
    }
    lines = [
        " ".join([f"#define {name}", *(f"EACH({', '.join(map(str, entry))})" for entry in entries)])
        for name, entries in lists.items()
    ]
    lines.append(f"#define LAYER_BITS {_width(registers(config))}")
    return "\n".join([*lines, ""])


def observed_files(config: ArrayConfig) -> dict[str, str]:
    """For an observed core: what makes its signals visible from C++, and lists of them.

    Faults write the PEs' sums (``accumulators.h``), recordings read all probes (``probes.h``).
    """
    places = [(r, c) for r in range(config.rows) for c in range(config.cols)]
    settings = ['public_flat_rw -module "*pe_*" -var "accumulator"']
    for module, names in VISIBLE.items():
        settings += [f'public_flat_rd -module "{module}" -var "{name}"' for name in names]
    return {
        "observed.vlt": "\n".join(["`verilator_config", *settings, ""]),
        "accumulators.h": "".join(f"ACCUMULATOR({r}, {c})\n" for r, c in places),
        "probes.h": "".join(f"PROBE({_expression(config, probe)})\n" for probe in probes(config)),
    }


def _expression(config: ArrayConfig, probe: Probe) -> str:
    """The member of the core's class that is a probe's signal."""
    if "." in probe.path:
        inner = probe.path.replace(".", "__DOT__")
        return f"{TOP}__DOT__core__DOT__{inner}"
    name, _, part = probe.path.partition("__")
    items = {out.name: out.item for out in outputs(config) if isinstance(out, Stream)}
    if name in items:
        return items[name] + ("_valid" if part == "valid" else "")
    return f"{name}_{part}" if part else name


def _width(fields: Sequence[Field]) -> int:
    """Bits of all fields together."""
    return sum(field.width for field in fields)


def _range(bits: int) -> str:
    return f"[{bits - 1}:0] " if bits > 1 else ""
