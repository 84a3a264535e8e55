"""Steps of the core, from tensors alone."""

from convolith.model.compile.program import Step

__all__ = ["step_of"]


def step_of(mapping, x, w, bias=None, **more):
    """A layer at once, of any mapping; ``more``: of `Step.of`."""
    weight = mapping.tiling.in_banks(mapping.weight_words(w))
    words = {"act": mapping.act_words(x), **weight}
    if bias is not None:
        words["bias"] = mapping.bias_words(bias)
    return Step.of(mapping.tiling, words, **more)
