"""A layer's registers and words with their names and values, for programs that drive the core."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from convolith.model.compile.piece import Piece
from convolith.model.compile.program import Step
from convolith.model.options.units import memories, registers
from convolith.sim.layers.common.result import layer_json
from convolith.sim.layers.compiled import Compiled

__all__ = ["compiled_json"]


def compiled_json(compiled: Compiled) -> dict[str, Any]:
    """The content of ``layer.json``."""
    first, described = 0, {}
    for field in registers(compiled.config):
        described[field.name] = {
            "first_bit": first, "bits": field.bits, "signed": field.signed,
            "meaning": field.meaning,
        }
        first += field.bits
    return {
        "config": asdict(compiled.config),
        "layer": layer_json(compiled.layer),
        "mapping": compiled.mapping,
        "output": {
            "scale": compiled.convolution.scale,
            "offset": output.offset if (output := compiled.convolution.output) else 0,
        },
        "cycles": compiled.cycles,
        "registers": described,
        "pieces": [
            _piece(step, piece) for step, piece in zip(
                compiled.program, compiled.convolution.schedule.pieces, strict=True
            )
        ],
    }


def _piece(step: Step, piece: Piece) -> dict[str, Any]:
    """A piece. Its words lie in the memories' files behind those of the pieces before it."""
    words = {
        name: {"address": step.base(name), "words": len(step.words[name])}
        for name in memories(step.config) if name in step.words
    }
    return {
        "cycles": step.cycles,
        "rows": step.rows,
        "mapping": piece.mapping.name,
        "laid_out": layer_json(step.tiling.layer),
        "input": _part(("n", "ic", "ix", "iy"), piece.input),
        "weight": _part(("oc", "ic"), piece.weight),
        "output": _part(("n", "oc", "ox", "oy"), piece.output),
        "stream": step.stream,
        "words": words,
        "register_word": f"{step.register_word:x}",
        "registers": dict(step.registers),
    }


def _part(axes: Sequence[str], slices: Sequence[slice]) -> dict[str, list[int]]:
    """A piece's part of a tensor: along each axis the first index, and the one after the last."""
    return {axis: [part.start, part.stop] for axis, part in zip(axes, slices, strict=True)}
