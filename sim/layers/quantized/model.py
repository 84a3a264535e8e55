"""A whole quantized model: its layers on the array, one after the other, the rest on the host."""

import time
from typing import Any

import numpy as np
import torch
from torch import fx, nn

from convolith.sim.engines.contract.simulator import Progress, Simulator
from convolith.sim.engines.simulators import ready_simulator
from convolith.sim.layers.quantized.chain import Chain, StageRun, split_chains
from convolith.sim.layers.quantized.config import model_config
from convolith.sim.layers.quantized.engine import quiet, using
from convolith.sim.layers.quantized.graph import Graph, input_node
from convolith.sim.layers.quantized.module import tensor_of
from convolith.sim.layers.quantized.report import LayerRun, ModelRun

__all__ = ["run_model"]

class _Interpreter(fx.Interpreter):
    """PyTorch on the host; layers take their outputs from the array."""

    def __init__(self, graph: Graph, chains: list[Chain], simulator: Simulator, progress: Progress):
        super().__init__(graph.module)
        self.extra_traceback = False  # our errors are sentences
        self.graph_of, self.simulator = graph, simulator
        self.chains = {chain.stages[0].name: chain for chain in chains}
        self.runs: dict[str, StageRun] = {}
        self.total = sum(chain.cycles for chain in chains)
        self.progress, self.done = progress, 0
        self.host: list[str] = []

    def run_node(self, n: fx.Node) -> Any:
        if not self.graph_of.is_layer(n):
            if n.op.startswith("call"):
                self.host.append(_host_name(self.graph_of.called(n), n))
            return super().run_node(n)
        name = self.graph_of.name(n)
        if name not in self.runs:
            self.run_chain(self.chains[name], self.env[input_node(n)])
        shape = self.graph_of.outputs[n].shape
        output = tensor_of(self.runs[name].output.reshape(shape), self.graph_of.called(n))
        if n in self.graph_of.channels_last:  # some of PyTorch's operations depend on that
            output = output.contiguous(memory_format=torch.channels_last)
        return output

    def run_chain(self, chain: Chain, x: torch.Tensor) -> None:
        def advanced(cycles: int, total: int) -> None:
            self.progress(self.done + cycles, self.total)

        found = chain.run(self.simulator, x.int_repr().numpy(), advanced)
        self.runs |= {run.stage.name: run for run in found}
        self.done += chain.cycles


def run_model(
    model: nn.Module,
    x: torch.Tensor,
    *,
    engine: str | None = None,
    simulator: str | Simulator = "auto",
    progress: Progress | None = None,
    **parameters: Any,
) -> ModelRun:
    """Runs a quantized model on the array, in simulation: every byte of every layer PyTorch's.

    Convolutions and linear layers run on the array. Those that follow each other directly find
    their input in the activation memory, where the one before has put it, for as many images at a
    time as fit. Pooling, additions and whatever else is in between run on the host, in PyTorch.

    Parameters
    ----------
    model : torch.nn.Module
        Its layers are of ``torch.ao.nn.quantized``; `torch.fx` must be able to trace it.
    x : tensor
        A batch of images.
    engine : str, optional
        qnnpack, fbgemm or x86; PyTorch's, if not given. One for which the model was made.
    simulator : str or Simulator
        ``amaranth``, ``verilator`` or ``auto``.
    progress : callable, optional
        Is told how many cycles have been simulated, of how many.
    **parameters
        Of `ArrayConfig`: rows, cols, dot, ... By default with as many lanes, in the mode, as the
        layers need, which write their results to the activation memory.

    Raises
    ------
    TypeError, ValueError
        For what the array cannot compute, in one sentence, naming the layer.
    SimulationError
        If the hardware breaks its contract.
    """
    began = time.perf_counter()
    engine = engine or torch.backends.quantized.engine
    graph = Graph(model, x, engine)
    config = model_config([stage.quantized for stage in graph.stages.values()], parameters)
    chains = [
        part
        for nodes in graph.chains()
        for part in split_chains(config, list(graph.linked(nodes)), len(x))
    ]
    if isinstance(simulator, str):
        simulator = ready_simulator(simulator, config)
    else:
        simulator.prepare(config)
    interpreter = _Interpreter(graph, chains, simulator, progress or (lambda done, total: None))
    with quiet(), using(engine), torch.no_grad():
        output = interpreter.run(x)
    layers = []
    for node in graph.layers:
        run = interpreter.runs[graph.name(node)]
        layer = run.stage.layer(len(x))
        expected = graph.outputs[node].int_repr().numpy()
        layers.append(LayerRun(
            name=run.stage.name, shape=str(run.stage.layer(1)),
            input="memory" if run.stored_input else "host", mapping=run.mapping,
            cycles=run.cycles, load_cycles=run.load_cycles, macs=layer.macs,
            difference=_difference(expected, run.output.reshape(expected.shape)),
        ))
    return ModelRun(
        output=output, config=config, engine=engine, images=len(x), layers=layers,
        host=interpreter.host, simulator=simulator.name, wall_s=time.perf_counter() - began,
    )


def _difference(expected: np.ndarray, found: np.ndarray) -> str | None:
    wrong = np.argwhere(expected != found)
    if not len(wrong):
        return None
    at = tuple(int(i) for i in wrong[0])
    return f"output {at} must be {expected[at]}, not {found[at]}, the first of {len(wrong)}"


def _host_name(module: nn.Module | None, node: fx.Node) -> str:
    if module is not None:
        return f"{node.target} ({type(module).__name__})"
    return getattr(node.target, "__name__", str(node.target))
