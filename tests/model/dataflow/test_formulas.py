"""The formulas that users read, computed: the registers of layers in every dataflow."""

from dataclasses import replace

import numpy as np
import pytest

from convolith.model.compile.dataflows import DATAFLOWS
from convolith.model.compile.registers import layer_registers
from convolith.model.dataflow.formulas import named_values
from convolith.model.dataflow.stored import Store
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import registers
from convolith.model.quantization.output import Output
from convolith.sim.fuzz.draw import draw_config, draw_layer

OUTPUT = ("requantize", "chunks", "zero_point", "low", "high")
STORE = (
    "store", "store_base", "store_words", "store_pass", "store_j", "last_j", "patch_j", "last_i",
    "patch_i", "store_i", "store_oy", "store_ox", "store_n",
)
ADDRESSES = {"act_address": 3, "weight_address": 5, "bias_address": 2}


def check(tiling, *, biased=False, continues=False, goes_on=False, output=None, store=None):
    """Each register is its formula, modulo its width."""
    config, layer = tiling.config, tiling.layer
    asked = {"has_bias": biased, "continues": continues, "goes_on": goes_on}
    more = dict(zip(("add_bias", "add_sums", "keep_sums"), map(int, asked.values()), strict=True))
    names = named_values(config, layer, **ADDRESSES, **asked, outside=-7)
    if hasattr(tiling, "patch"):
        names |= dict(zip(("PX", "PY"), tiling.patch, strict=True))
    if output:
        names |= {name: getattr(output, name) for name in ("zero_point", "low", "high", "offset")}
    if store:
        names["store_address"] = store.base
    values = layer_registers(
        tiling, act_base=3, output=output, store=store, padding_value=-7,
        weight_base=5, bias_base=2 if config.bias_words else 0, **more,
    )
    formulas = tiling.formulas
    unused = (*OUTPUT, *STORE) if not output else STORE if not store else ()
    for field in registers(config):
        if field.name in unused:
            assert values[field.name] == 0
        else:
            given = formulas.value(field.name, names)
            assert values[field.name] % (1 << field.bits) == given % (1 << field.bits), field.name


def drawn(rng, name, stores):
    """A tiling of a dataflow, random, and where its results are stored, if they are to be."""

    def draw(low, high):
        return int(rng.integers(low, high + 1))

    while True:
        config, layer = draw_config(draw), draw_layer(draw, max_macs=100_000, channels=20)
        if config is None or layer is None:
            continue
        if name.startswith("shared"):
            channels = draw(1, 20)
            layer = replace(layer, groups=channels, IC=channels, OC=channels * draw(1, 2))
        if stores:
            post_lanes = draw(1, 2)
            config = replace(
                config, cols=draw(1, 3) * post_lanes, lanes=0, dot=post_lanes,
                rows=(1, 2, 4, 8)[draw(0, 3)], post_lanes=post_lanes, acc_bits=32, bias_words=16,
                store_results=True, pack_edges=False, depthwise=True,
            )
        wide = {"addr_bits": 20, "size_bits": 16, "act_bits": max(8, config.act_bits)}
        tiling = DATAFLOWS[name](replace(config, **wide), layer)
        if not tiling.fits():
            continue
        if not stores:
            return tiling, None
        if tiling.can_store:
            return tiling, Store(base=draw(0, 40), channels=layer.OC, count=layer.OC)


CASES = [(name, False) for name in DATAFLOWS] + [("dense", True), ("shared", True)]


@pytest.mark.parametrize(("name", "stores"), CASES)
def test_every_register_is_its_formula(name, stores):
    rng = np.random.default_rng(24)
    for _ in range(60):
        tiling, store = drawn(rng, name, stores)
        config = tiling.config
        output = None
        if config.post_lanes:
            output = Output(zero_point=int(rng.integers(256)), relu=bool(rng.integers(2)))
        biased, continues, goes_on = (bool(flag) for flag in rng.integers(2, size=3))
        check(
            tiling, biased=biased and config.bias_words > 0,
            continues=continues and config.sum_words > 0,
            goes_on=goes_on and config.sum_words > 0, output=output, store=store,
        )


def test_all_registers_have_a_formula():
    config = ArrayConfig(rows=4, cols=4, post_lanes=2, store_results=True)
    packing = ArrayConfig(rows=4, cols=4, pack_edges=True)
    fields = {field.name for one in (config, packing) for field in registers(one)}
    texts = {name for kind in DATAFLOWS.values() for name in kind.formulas.registers}
    assert texts == fields
