"""Layers whose sums are requantized: random ones, and what must come out."""

from dataclasses import replace

import numpy as np

from convolith.model.compile.program import Step
from convolith.model.quantization.float32 import FloatRequantization
from convolith.model.quantization.output import Output
from convolith.model.quantization.tflite import IntegerRequantization, multiplier_and_shift
from convolith.model.quantization.words import parameter_values, parameter_words
from convolith.model.reference.loops import conv_nest


def random_requantization(config, channels, spread, rng):
    """Outputs of the activations' width for sums of about ``spread``."""
    output = Output(
        zero_point=int(rng.integers(0, 1 << (config.act_bits - 2))), bits=config.act_bits,
        signed=config.post_mode == "tflite", relu=bool(rng.integers(2)),
    )
    scale = (1 << config.act_bits) / spread * rng.uniform(0.3, 1, channels)
    if config.post_mode == "tflite":
        pairs = [multiplier_and_shift(min(value, 4.0)) for value in scale]
        multiplier, shift = np.array(pairs, dtype=np.int64).T
        return IntegerRequantization(multiplier=multiplier, shift=shift, output=output)
    addend = rng.normal(0, spread / 4, channels) if config.post_mode == "float32" else None
    return FloatRequantization(
        multiplier=np.minimum(scale, 60).astype(np.float32), output=output, addend=addend
    )


def random_step(mapping, seed=0, *, x=None, without=(), **more):
    """A step, and the activations that it must give, (N, OC, OX, OY), as they are stored.

    ``x``: its input; else that is random, too. ``without``: memories that are not written.
    ``more``: of `Step.of`.
    """
    config, layer = mapping.config, mapping.layer
    rng = np.random.default_rng(seed)
    low, high = -(1 << (config.act_bits - 1)), (1 << (config.act_bits - 1)) - 1
    drawn = rng.integers(low, high + 1, layer.x_shape)
    x = drawn if x is None else x.reshape(layer.x_shape)
    w = rng.integers(-(1 << (config.weight_bits - 1)), 1 << (config.weight_bits - 1), layer.w_shape)
    padding_value = int(rng.integers(low, high + 1))
    padded = np.full((*layer.x_shape[:2], *_padded(layer)), padding_value)
    inner = tuple(
        slice(p, p + s)
        for p, s in zip(layer.padding[2 - layer.dims :], layer.x_shape[2:], strict=True)
    )
    padded[(slice(None), slice(None), *inner)] = x
    whole = replace(layer, padding=(0, 0), padding_after=None, IX=layer.padded_extent[0],
                    IY=layer.padded_extent[1])
    bias = rng.integers(-1000, 1000, layer.OC)
    sums = conv_nest(whole, padded, w) + bias.reshape(-1, *[1] * layer.dims)
    r = random_requantization(config, layer.OC, max(4.0, 6 * float(sums.std())), rng)
    words = {
        "act": mapping.act_words(x, padding_value),
        **mapping.tiling.in_banks(mapping.weight_words(w)),
        "bias": mapping.bias_words(bias),
        "parameters": parameter_words(config, parameter_values(config, r), mapping.bias_words),
    }
    for memory in without:
        del words[memory]
    registers = {"output": r.output, "padding_value": padding_value, "add_bias": 1}
    step = Step.of(mapping.tiling, words, **registers | more)
    return step, r.apply(sums) - r.output.offset


def _padded(layer):
    return layer.padded_extent[2 - layer.dims :]
