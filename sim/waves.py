"""GTKWave save files: the signals that a reader of the waveform wants, grouped and named."""

from io import StringIO
from pathlib import Path

from vcd.gtkw import GTKWSave

from convolith.model.tiling import Tiling

__all__ = ["save_file", "save_file_path"]

ROWS_SHOWN = 4
COLS_SHOWN = 4
TOP = "bench.top"


def save_file_path(waves: Path) -> Path:
    """Where the save file of a waveform lies: beside it."""
    return waves.with_suffix(".gtkw")


def save_file(waves: Path, tiling: Tiling) -> str:
    """The save file's text for a VCD file of `CoreWithMemories`, made with ``observe``.

    The loop variables come first, outermost on top, with the tutorial's names; then the streams,
    the memory ports, the first few PEs' sums and the drain.
    """
    config = tiling.config
    text = StringIO()
    save = GTKWSave(text)
    save.dumpfile(waves.name, abspath=False)
    save.treeopen(f"{TOP}.")
    save.size(1600, 1000)
    save.signals_width(260)

    def trace(path: str, alias: str, kind: str = "dec", bits: int = 1) -> None:
        vector = f"[{bits - 1}:0]" if bits > 1 else ""
        save.trace(f"{TOP}.{path}{vector}", alias=alias, datafmt=kind)

    save.trace(f"{TOP}.clk", alias="clk")
    with save.group("loop variables of PE (0, 0)"):
        size = config.size_bits
        trace("core.observer.mac", "mac")
        trace("core.observer.tile", "tile", bits=config.addr_bits + 4)
        trace("core.observer.n", "n", bits=size)
        trace("core.observer.oc", "oc", bits=size)
        axes = ["ox"] if tiling.layer.dims == 1 else ["ox", "oy"]
        kernel = ["kx"] if tiling.layer.dims == 1 else ["kx", "ky"]
        for name in axes:
            trace(f"core.observer.{name}", name, bits=size)
        trace("core.observer.ic", "ic", bits=size + config.lanes.bit_length())
        for name in kernel:
            trace(f"core.observer.{name}", name, bits=size)
    with save.group("layer in"):
        trace("i_layer__valid", "valid")
        trace("i_layer__ready", "ready")
    with save.group("memory ports"):
        trace("core.act__en", "act en")
        trace("core.act__address", "act address", bits=config.addr_bits)
        trace("core.act__data", "act data", "hex", config.act_word_bits)
        trace("core.weight__en", "weight en")
        trace("core.weight__address", "weight address", bits=config.addr_bits)
        trace("core.weight__data", "weight data", "hex", config.weight_word_bits)
    with save.group("sums"):
        for r in range(min(config.rows, ROWS_SHOWN)):
            for c in range(min(config.cols, COLS_SHOWN)):
                path = f"core.array.pe_{r}_{c}.accumulator"
                trace(path, f"row {r}, column {c}", "signed", config.acc_bits)
    with save.group("drain"):
        trace("core.array.done", "row done")
        trace("core.array.o_valid", "row valid")
    with save.group("rows of sums out"):
        trace("o__valid", "valid")
        trace("o__ready", "ready")
        trace("\\o__payload.last", "last")
        for c in range(min(config.cols, COLS_SHOWN)):
            trace(f"\\o__payload.sums[{c}]", f"sum {c}", "signed", config.acc_bits)
    return text.getvalue()
