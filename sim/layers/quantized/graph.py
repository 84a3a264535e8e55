"""A quantized PyTorch model as a graph: its layers for the array, and what the host does."""

from collections.abc import Iterator
from dataclasses import replace
from math import prod
from typing import Any

import torch
from torch import fx, nn

from convolith.sim.layers.quantized.chain import Stage
from convolith.sim.layers.quantized.engine import exact_here, quiet, using
from convolith.sim.layers.quantized.module import check_engine, input_of, is_quantized, layer_of
from convolith.sim.layers.quantized.reference import QuantizedReference

__all__ = ["Graph", "input_node"]

# What only says of the same numbers that they have another shape, or nothing at all.
SHAPES = {
    "call_module": (nn.Flatten, nn.Identity, nn.Dropout),
    "call_method": ("flatten", "view", "reshape", "contiguous"),
    "call_function": (torch.flatten, torch.reshape),
}


class _Reference(fx.Interpreter):
    """PyTorch at every node; what layers get and give is kept as it is at that moment."""

    def __init__(self, graph: "Graph"):
        super().__init__(graph.module)
        self.extra_traceback = False  # errors are sentences
        self.graph_of = graph

    def run_node(self, n: fx.Node) -> Any:
        layer = self.graph_of.is_layer(n)
        if layer:
            given = input_node(n)
            value = self.env.get(given) if isinstance(given, fx.Node) else None
            input_of(value)  # refuses what is no quint8 tensor
            assert value is not None
            self.graph_of.inputs[n] = value.clone()
        result = super().run_node(n)
        if layer:
            self.graph_of.outputs[n] = result.clone()
            if result.dim() == 4 and not result.is_contiguous():  # which a clone always is
                self.graph_of.channels_last.add(n)
        return result


def input_node(node: fx.Node) -> Any:
    """What a layer is called with."""
    return node.args[0] if node.args else next(iter(node.kwargs.values()), None)


class Graph:
    """A model, traced, and what PyTorch's layers get and give: ``inputs``, ``outputs``.

    ``channels_last``: the layers whose outputs lie so in PyTorch's memory.

    Parameters
    ----------
    model : torch.nn.Module
        In evaluation mode; `torch.fx` must be able to trace it.
    x : tensor
        Images, a batch of them.
    engine : str
        PyTorch's, for which the model was made.

    Raises
    ------
    TypeError, ValueError
        If it cannot be traced or run, has no layer for the array, or the engine's sums saturate
        here.
    """

    def __init__(self, model: nn.Module, x: torch.Tensor, engine: str):
        self.engine, self.x = engine, x
        self.inputs: dict[fx.Node, torch.Tensor] = {}
        self.outputs: dict[fx.Node, torch.Tensor] = {}
        self.channels_last: set[fx.Node] = set()
        if not isinstance(x, torch.Tensor) or x.dim() == 0 or not len(x):
            what = tuple(x.shape) if isinstance(x, torch.Tensor) else type(x).__name__
            raise ValueError(f"the images must be a tensor of one or more, not {what}")
        if model.training:
            raise ValueError("the model must be in evaluation mode: model.eval()")
        try:
            self.module = fx.GraphModule(model, fx.Tracer().trace(model))
        except Exception as error:  # whatever a forward of Python does with a proxy
            message = f"the model must be one that torch.fx can trace, but: {error}"
            raise TypeError(message) from None
        nodes = list(self.module.graph.nodes)
        if (count := sum(node.op == "placeholder" for node in nodes)) != 1:
            raise ValueError(f"the model must take one tensor, not {count}")
        self.layers = [node for node in nodes if self.is_layer(node)]
        if not self.layers:
            raise ValueError(
                "the model must have a module of torch.ao.nn.quantized: Conv1d, Conv2d or Linear"
            )
        try:
            with quiet(), using(engine), torch.no_grad():
                _Reference(self).run(x)
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[0]
            raise ValueError(f"the model must run in PyTorch, but: {reason}") from None
        self.stages = {node: self.stage(node) for node in self.layers}

    def called(self, node: fx.Node) -> nn.Module | None:
        """The module that a node calls."""
        return self.module.get_submodule(str(node.target)) if node.op == "call_module" else None

    def is_layer(self, node: fx.Node) -> bool:
        """It is for the array."""
        return is_quantized(self.called(node))

    def name(self, node: fx.Node) -> str:
        """A layer's: its module's, and which of its calls this is, if there are several."""
        calls = [other for other in self.layers if other.target == node.target]
        number = f" (call {calls.index(node) + 1})" if len(calls) > 1 else ""
        return f"{node.target}{number}"

    def chains(self) -> list[list[fx.Node]]:
        """Layers that take, each, what the one before gives; all layers are in one of them."""
        found: list[list[fx.Node]] = []
        ends: dict[fx.Node, list[fx.Node]] = {}
        for node in self.layers:
            before = self.layer_before(node)
            own = ends.pop(before, None) if before else None
            if own is None:
                own = []
                found.append(own)
            own.append(node)
            ends[node] = own
        return found

    def layer_before(self, node: fx.Node) -> fx.Node | None:
        """The layer whose very outputs are the node's inputs, as they lie in memory, if any is."""
        before = input_node(node)
        while isinstance(before, fx.Node) and not self.is_layer(before):
            same = SHAPES.get(before.op, ())
            named = type(self.called(before)) if before.op == "call_module" else before.target
            if named not in same:
                return None
            before = input_node(before)
        if not isinstance(before, fx.Node):
            return None
        given, taken = self.outputs[before].shape, self.inputs[node].shape
        linear = [self.stages[of].quantized.weight.ndim == 2 for of in (before, node)]
        if given == taken:  # a linear layer's channels are the last axis, a convolution's the first
            return before if linear[0] == linear[1] else None
        flat = len(given) > 2 and len(taken) == 2 and taken[1] == prod(given[1:])
        return before if linear == [False, True] and flat and given[0] == taken[0] else None

    def stage(self, node: fx.Node) -> Stage:
        """A layer with PyTorch's scales and zero points; the batch must be its first axis."""
        x, scale, zero_point = input_of(self.inputs[node])
        name, module = self.name(node), self.called(node)
        if len(x) != len(self.x):
            raise ValueError(
                f"layer {name}: its input must have the batch, {len(self.x)}, as its first axis, "
                f"not {len(x)}"
            )
        try:
            layer, arguments = layer_of(module, scale, zero_point, self.engine)
            reference = QuantizedReference(layer=layer, x=x, arguments=arguments)
            check_engine(reference, self.outputs[node].int_repr().numpy())
        except ValueError as error:
            raise ValueError(f"layer {name}: {error}") from None
        if not exact_here(layer.engine, x, layer.weight):
            raise ValueError(
                f"layer {name}: the engine must be qnnpack on this machine, where sums of "
                f"{layer.engine} can saturate"
            )
        return Stage(name=name, quantized=layer, shape=x.shape[1:], arguments=arguments)

    def linked(self, nodes: list[fx.Node]) -> Iterator[Stage]:
        """A chain's stages: a linear layer behind a convolution has a kernel as large as an image.

        So it takes the image's pixels where the convolution has put them.
        """
        for i, node in enumerate(nodes):
            stage = self.stages[node]
            given = tuple(self.outputs[nodes[i - 1]].shape[1:]) if i else stage.shape
            if given != stage.shape:
                w = stage.quantized.weight
                quantized = replace(stage.quantized, weight=w.reshape(len(w), *given))
                stage = replace(stage, quantized=quantized, shape=given)
            yield stage
