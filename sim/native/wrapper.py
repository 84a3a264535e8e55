"""The Verilog around the core: plain port names for C++, and what never changes tied."""

from convolith.hw.array import sums_layout
from convolith.hw.ports import word_bits
from convolith.hw.post.stage import results_layout
from convolith.hw.registers import register_layout
from convolith.hw.verilog import NAME
from convolith.model.config import ArrayConfig
from convolith.sim.native.verilog import is_gated

__all__ = ["TOP", "accumulators", "wrapper"]

TOP = "native"


def wrapper(config: ArrayConfig, *, observed: bool) -> str:
    """A module named TOP around the core's Verilog.

    The reset is tied to 0, as all registers start with their reset values: with a reset that could
    come, Verilator evaluates what depends on it, which is nearly everything, twice per cycle. The
    outputs are always ready. ``observed`` adds the fields of the streams as signals, for waveforms.
    """
    sums = sums_layout(config)
    ports = [
        ("input", "clk", 1, "clk"),
        ("input", "layer_valid", 1, "i_layer__valid"),
        ("output", "layer_ready", 1, "i_layer__ready"),
        ("input", "layer", register_layout(config).size, "i_layer__payload"),
        ("output", "row_valid", 1, "o__valid"),
        ("output", "row", sums.size, "o__payload"),
    ]
    for name, width in word_bits(config).items():
        ports += [
            ("output", f"{name}_en", 1, f"{name}__en"),
            ("output", f"{name}_address", config.addr_bits, f"{name}__address"),
            ("input", f"{name}_data", width, f"{name}__data"),
        ]
    if config.store_results:
        ports += [
            ("output", "store_en", config.act_banks, "store__en"),
            ("output", "store_address", config.addr_bits, "store__address"),
            ("output", "store_data", config.post_lanes * config.act_bits, "store__data"),
        ]
    ready = ["o"]
    if config.post_lanes:
        ports += [
            ("output", "result_valid", 1, "results__valid"),
            ("output", "result", results_layout(config).size, "results__payload"),
        ]
        ready.append("results")
    if is_gated(config, observed=observed):
        ports += [
            ("input", "lanes_clk", 1, "lanes_clk"),
            ("output", "lanes_active", 1, "lanes_active"),
        ]
    if config.sum_words:
        ports.append(("output", "kept", 1, "kept"))
    lines = [f"module {TOP}({', '.join(name for _, name, _, _ in ports)});"]
    lines += [f"  {way} {_range(bits)}{name};" for way, name, bits, _ in ports]
    joined = [".rst(1'b0)", *(f".{port}({name})" for _, name, _, port in ports)]
    joined += [f".{name}__ready(1'b1)" for name in ready]
    lines.append(f"  {NAME} core({', '.join(joined)});")
    if observed:
        lines.append(f"  wire row_last = row[{sums['last'].offset}];")
        bits = config.acc_bits
        lines += [
            f"  wire signed {_range(bits)}sum_{c} = row[{c * bits} +: {bits}];"
            for c in range(config.cols)
        ]
    return "\n".join([*lines, "endmodule", ""])


def accumulators(config: ArrayConfig) -> dict[str, str]:
    """What makes the PEs' sums writable from C++: Verilator's settings, and a list of them all."""
    places = [(r, c) for r in range(config.rows) for c in range(config.cols)]
    setting = 'public_flat_rw -module "*pe_*" -var "accumulator"'
    return {
        "accumulators.vlt": f"`verilator_config\n{setting}\n",
        "accumulators.h": "".join(f"ACCUMULATOR({r}, {c})\n" for r, c in places),
    }


def _range(bits: int) -> str:
    return f"[{bits - 1}:0] " if bits > 1 else ""
