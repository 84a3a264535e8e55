"""The Verilog around the core: plain port names for C++, and what never changes tied."""

from convolith.hw.array import sums_layout
from convolith.hw.registers import register_layout
from convolith.hw.verilog import NAME
from convolith.model.config import ArrayConfig

__all__ = ["TOP", "accumulators", "wrapper"]

TOP = "native"


def wrapper(config: ArrayConfig, *, observed: bool) -> str:
    """A module named TOP around the core's Verilog.

    The reset is tied to 0, as all registers start with their reset values: with a reset that could
    come, Verilator evaluates what depends on it, which is nearly everything, twice per cycle. The
    output is always ready. ``observed`` adds the fields of the streams as signals, for waveforms.
    """
    sums = sums_layout(config)
    ports = [
        ("input", "clk", 1, "clk"),
        ("input", "layer_valid", 1, "i_layer__valid"),
        ("output", "layer_ready", 1, "i_layer__ready"),
        ("input", "layer", register_layout(config).size, "i_layer__payload"),
        ("output", "act_en", 1, "act__en"),
        ("output", "act_address", config.addr_bits, "act__address"),
        ("input", "act_data", config.act_word_bits, "act__data"),
        ("output", "weight_en", 1, "weight__en"),
        ("output", "weight_address", config.addr_bits, "weight__address"),
        ("input", "weight_data", config.weight_word_bits, "weight__data"),
        ("output", "row_valid", 1, "o__valid"),
        ("output", "row", sums.size, "o__payload"),
    ]
    if config.bias_words:
        ports += [
            ("output", "bias_en", 1, "bias__en"),
            ("output", "bias_address", config.addr_bits, "bias__address"),
            ("input", "bias_data", config.sums_bits, "bias__data"),
        ]
    if config.sum_words:
        ports.append(("output", "kept", 1, "kept"))
    lines = [f"module {TOP}({', '.join(name for _, name, _, _ in ports)});"]
    lines += [f"  {way} {_range(bits)}{name};" for way, name, bits, _ in ports]
    joined = [f".{port}({name})" for _, name, _, port in ports]
    lines.append(f"  {NAME} core({', '.join(joined)}, .rst(1'b0), .o__ready(1'b1));")
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
