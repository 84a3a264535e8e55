"""A quantized PyTorch model as a graph: its layers for the array, and what the host does."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import fx, nn

from convolith.sim.quantized.chain import Stage
from convolith.sim.quantized.engine import exact_here, quiet, using
from convolith.sim.quantized.module import input_of, is_quantized, layer_of

__all__ = ["Graph"]

# What only says of the same numbers that they have another shape, or nothing at all.
SHAPES = {
    "call_module": (nn.Flatten, nn.Identity, nn.Dropout),
    "call_method": ("flatten", "view", "reshape", "contiguous"),
    "call_function": (torch.flatten, torch.reshape),
}


class Graph:
    """A model, traced, and what PyTorch computes at each of its nodes.

    Parameters
    ----------
    model : torch.nn.Module
        In evaluation mode; `torch.fx` must be able to trace it.
    x : tensor
        Images, a batch of them.
    engine : str
        PyTorch's.

    Raises
    ------
    TypeError, ValueError
        If it cannot be traced, has no layer for the array, or the engine's sums saturate here.
    """

    def __init__(self, model: nn.Module, x: torch.Tensor, engine: str):
        self.engine, self.x = engine, x
        if model.training:
            raise ValueError("the model must be in evaluation mode: model.eval()")
        try:
            self.module = fx.GraphModule(model, fx.Tracer().trace(model))
        except Exception as error:  # whatever a forward of Python does with a proxy
            message = f"the model must be one that torch.fx can trace, but: {error}"
            raise TypeError(message) from None
        with quiet(), using(engine), torch.no_grad():
            reference = fx.Interpreter(self.module, garbage_collect_values=False)
            self.output = reference.run(x)
        self.values: dict[fx.Node, Any] = reference.env
        self.layers = [node for node in self.module.graph.nodes if self.is_layer(node)]
        if not self.layers:
            raise ValueError(
                "the model must have a module of torch.ao.nn.quantized: Conv1d, Conv2d or Linear"
            )
        self.stages = {node: self.stage(node) for node in self.layers}

    def called(self, node: fx.Node) -> nn.Module | None:
        """The module that a node calls."""
        return self.module.get_submodule(str(node.target)) if node.op == "call_module" else None

    def is_layer(self, node: fx.Node) -> bool:
        """It is for the array."""
        return is_quantized(self.called(node))

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
        """The layer whose very outputs are the node's inputs, if there is one."""
        before = node.args[0]
        while isinstance(before, fx.Node) and not self.is_layer(before):
            same = SHAPES.get(before.op, ())
            named = type(self.called(before)) if before.op == "call_module" else before.target
            if named not in same:
                return None
            before = before.args[0]
        if not isinstance(before, fx.Node):
            return None
        given, taken = self.values[before], self.values[node.args[0]]
        linear = self.stages[node].quantized.weight.ndim == 2
        flat = taken.dim() == 2 and taken.shape[1] == given[0].numel()
        return before if given.shape == taken.shape or (linear and flat) else None

    def stage(self, node: fx.Node) -> Stage:
        """A layer with PyTorch's scales and zero points; the batch must be its first axis."""
        x, scale, zero_point = input_of(self.values[node.args[0]])
        if len(x) != len(self.x):
            raise ValueError(
                f"layer {node.target}: its input must have the batch, {len(self.x)}, as its first "
                f"axis, not {len(x)}"
            )
        try:
            layer, arguments = layer_of(self.called(node), scale, zero_point, self.engine)
        except ValueError as error:
            raise ValueError(f"layer {node.target}: {error}") from None
        if not exact_here(layer.engine, x, layer.weight):
            raise ValueError(
                f"layer {node.target}: the engine must be qnnpack on this machine, where sums of "
                f"{layer.engine} saturate"
            )
        return Stage(
            name=str(node.target), quantized=layer, shape=x.shape[1:], arguments=arguments
        )

    def linked(self, nodes: list[fx.Node]) -> Iterator[Stage]:
        """A chain's stages: a linear layer behind a convolution has a kernel as large as an image.

        So it takes the image's pixels where the convolution has put them.
        """
        for i, node in enumerate(nodes):
            stage = self.stages[node]
            given = tuple(self.values[nodes[i - 1]].shape[1:]) if i else stage.shape
            if given != stage.shape:
                w = stage.quantized.weight
                quantized = replace(stage.quantized, weight=w.reshape(len(w), *given))
                stage = replace(stage, quantized=quantized, shape=given)
            yield stage
