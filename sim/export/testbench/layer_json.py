"""A layer's registers and words with their names and values, for programs that drive the core."""

from dataclasses import asdict
from typing import Any

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
        "pieces": [_piece(step) for step in compiled.program],
    }


def _piece(step: Step) -> dict[str, Any]:
    """A piece. Its words lie in the memories' files behind those of the pieces before it."""
    words = {
        name: {"address": step.base(name), "words": len(step.words[name])}
        for name in memories(step.config) if name in step.words
    }
    return {
        "cycles": step.cycles,
        "rows": step.rows,
        "stream": step.stream,
        "words": words,
        "register_word": f"{step.register_word:x}",
        "registers": dict(step.registers),
    }
