"""From a PyTorch convolution to verified hardware: an output-stationary MAC array in Amaranth.

    result = convolith.run(torch.nn.Conv2d(...), x, rows=8, cols=8)
    result.output, result.cycles, result.utilization
"""

from typing import Any

__version__ = "0.1.0.dev0"

__all__ = [
    "ArrayConfig", "Compiled", "Convolution", "ConvLayer", "CoreDriver", "Fault", "ModelRun",
    "SimulationError", "Watch", "__version__", "compile", "run", "run_bench", "run_model", "watch",
    "write_testbench",
]

_HOMES = {
    "ArrayConfig": "convolith.model.options.config",
    "Compiled": "convolith.sim.layers.compiled",
    "ConvLayer": "convolith.model.layer",
    "Convolution": "convolith.sim.layers.plain.convolution",
    "CoreDriver": "convolith.sim.bench.driver",
    "Fault": "convolith.sim.engines.contract.simulator",
    "ModelRun": "convolith.sim.layers.quantized.report",
    "SimulationError": "convolith.sim.engines.contract.simulator",
    "Watch": "convolith.sim.watch.watch",
    "compile": "convolith.sim.layers.module",
    "run": "convolith.sim.layers.module",
    "run_bench": "convolith.sim.bench.runner",
    "run_model": "convolith.sim.layers.quantized.model",
    "watch": "convolith.sim.watch.module",
    "write_testbench": "convolith.sim.export.testbench.folder",
}


def __getattr__(name: str) -> Any:
    """Names are fetched when they are used: the model alone does not wait for the simulators."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
