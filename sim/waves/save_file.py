"""GTKWave save files: the most useful signals of a waveform, grouped and named."""

from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from vcd.gtkw import GTKWSave

from convolith.hw.debug.observer import CYCLE_BITS
from convolith.model.compile.schedule import Schedule
from convolith.model.options.units import memories

__all__ = ["save_file", "save_file_path"]

ROWS_SHOWN = 4
COLS_SHOWN = 4
MEMORIES_SHOWN = {"act": "act", "weight": "weight", "weight_odd": "odd weight"}


@dataclass(frozen=True)
class Names:
    """The names of the shown signals in a simulator's waveform."""

    top: str
    layer: str
    row: str
    last: str
    sum: str


# Amaranth's simulator writes the fields of a stream's payload, with names that VCD must escape.
# Verilator writes the wires of its wrapper.
NAMES = {
    "amaranth": Names(
        "bench.top", "i_layer_", "o_", "\\o__payload.last", "\\o__payload.sums[{}]"
    ),
    "verilator": Names("native", "layer", "row", "row_last", "sum_{}"),
}


def save_file_path(waves: Path) -> Path:
    """The path of a waveform's save file, beside it."""
    return waves.with_suffix(".gtkw")


def save_file(waves: Path, schedule: Schedule, simulator: str) -> str:
    """The save file's text for a VCD file of an observed core, written by that simulator.

    The loop variables come first, the outermost on top, with the tutorial's names: x is the axis of
    the height, y that of the width. Then come the streams, the memory ports, the sums of the first
    few PEs, and the drain.
    """
    config, names = schedule.config, NAMES[simulator]
    text = StringIO()
    save = GTKWSave(text)
    save.dumpfile(waves.name, abspath=False)
    save.treeopen(f"{names.top}.")
    save.size(1600, 1000)
    save.signals_width(260)

    def trace(path: str, alias: str, kind: str = "dec", bits: int = 1) -> None:
        vector = f"[{bits - 1}:0]" if bits > 1 else ""
        save.trace(f"{names.top}.{path}{vector}", alias=alias, datafmt=kind)

    save.trace(f"{names.top}.clk", alias="clk")
    with save.group("loop variables of PE (0, 0)"):
        size = config.size_bits
        trace("core.observer.cycle", "cycle", bits=CYCLE_BITS)
        trace("core.observer.mac", "mac")
        trace("core.observer.tile", "tile", bits=config.addr_bits + 4)
        trace("core.observer.n", "n", bits=size)
        trace("core.observer.oc", "oc", bits=size)
        axes = ["ox"] if schedule.layer.dims == 1 else ["ox", "oy"]
        kernel = ["kx"] if schedule.layer.dims == 1 else ["kx", "ky"]
        for name in axes:
            trace(f"core.observer.{name}", name, bits=size)
        trace("core.observer.ic", "ic", bits=size + config.lanes.bit_length())
        for name in kernel:
            trace(f"core.observer.{name}", name, bits=size)
    with save.group("layer in"):
        trace(f"{names.layer}_valid", "valid")
        trace(f"{names.layer}_ready", "ready")
    with save.group("memory ports"):
        for memory in memories(config).values():
            if alias := MEMORIES_SHOWN.get(memory.name):
                port = f"core.{memory.name}__"
                trace(f"{port}en", f"{alias} en")
                trace(f"{port}address", f"{alias} address", bits=config.addr_bits)
                trace(f"{port}data", f"{alias} data", "hex", memory.word_bits)
    with save.group("sums"):
        for r in range(min(config.rows, ROWS_SHOWN)):
            for c in range(min(config.cols, COLS_SHOWN)):
                path = f"core.array.pe_{r}_{c}.accumulator"
                trace(path, f"row {r}, column {c}", "signed", config.acc_bits)
    with save.group("drain"):
        trace("core.array.done", "row done")
        trace("core.array.o_valid", "row valid")
    with save.group("rows of sums out"):
        trace(f"{names.row}_valid", "valid")
        trace("core.o__ready", "ready")
        trace(names.last, "last")
        for c in range(min(config.cols, COLS_SHOWN)):
            trace(names.sum.format(c), f"sum {c}", "signed", config.acc_bits)
    return text.getvalue()
