"""SCALE-Sim v3 on our layers, in an environment of its own (it needs NumPy 1)."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from convolith.model.networks.network import NamedLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.benchmark.error import BenchmarkError

__all__ = ["check_scalesim", "run_scalesim"]

# Output-stationary, no trace files, memories large enough, bandwidth never the limit.
CONFIG = """[general]
run_name = run
[architecture_presets]
ArrayHeight = {rows}
ArrayWidth = {cols}
IfmapSramSzkB = 8192
FilterSramSzkB = 8192
OfmapSramSzkB = 8192
IfmapOffset = 0
FilterOffset = 10000000
OfmapOffset = 20000000
Dataflow = os
Bandwidth = 1000
ReadRequestBuffer = 512
WriteRequestBuffer = 512
MemoryBanks = 1
[layout]
IfmapCustomLayout = False
FilterCustomLayout = False
IfmapSRAMBankBandwidth = 10
IfmapSRAMBankNum = 10
IfmapSRAMBankPort = 2
FilterSRAMBankBandwidth = 10
FilterSRAMBankNum = 10
FilterSRAMBankPort = 2
[sparsity]
SparsitySupport = false
[run_presets]
InterfaceBandwidth = CALC
UseRamulatorTrace = False
"""

# Runs in the other environment. Only `run` is timed: no start of Python, no reading of files.
SCRIPT = """
import contextlib, io, json, sys, time
from scalesim.scale_sim import scalesim
with contextlib.redirect_stdout(io.StringIO()):
    sim = scalesim(save_disk_space=True, verbose=False, config="scale.cfg", topology="net.csv",
                   layout="layout.csv")
    began = time.perf_counter()
    sim.run_scale(top_path="out")
    wall = time.perf_counter() - began
layers = sim.runner.single_layer_sim_object_list
json.dump({"wall_s": wall, "cycles": [int(x.get_compute_report_items()[0]) for x in layers]},
          sys.stdout)
"""

HEADER = (
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "
    "Strides,"
)
LAYOUT_COLUMNS = 20


def check_scalesim(python: Path) -> None:
    """Refuses an interpreter that cannot run it.

    Raises
    ------
    ValueError
        Naming it.
    """
    try:
        command = [str(python.absolute()), "-c", "import scalesim.scale_sim"]
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise ValueError(f"{python} cannot be run: {error.strerror or error}") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["silently"])[-1]
        raise ValueError(f"{python} must have scalesim==3.0.0, but fails: {last}")


def run_scalesim(
    python: Path, config: ArrayConfig, layers: Sequence[NamedLayer]
) -> tuple[int, float]:
    """Its cycles for the layers, without their padding's shape but with its size; seconds.

    Raises
    ------
    BenchmarkError
        If it fails, with its last line.
    """
    topology = [HEADER]
    layout = ["Layer name," + " factor," * LAYOUT_COLUMNS]
    for named in layers:
        layer = named.layer
        (height, width), stride = layer.padded_extent, layer.stride[0]
        cells = (height, width, layer.KX, layer.KY, layer.IC, layer.OC, stride)
        topology.append(f"{named.name}, " + "".join(f"{cell}, " for cell in cells))
        layout.append(f"{named.name}," + " 1," * LAYOUT_COLUMNS)
    with TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "scale.cfg").write_text(CONFIG.format(rows=config.rows, cols=config.cols))
        (work / "net.csv").write_text("\n".join(topology) + "\n")
        (work / "layout.csv").write_text("\n".join(layout) + "\n")
        done = subprocess.run(
            [str(python.absolute()), "-c", SCRIPT], cwd=work, capture_output=True, text=True
        )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["silently"])[-1]
        raise BenchmarkError(f"SCALE-Sim failed: {last}")
    report = json.loads(done.stdout)
    return sum(report["cycles"]), report["wall_s"]
