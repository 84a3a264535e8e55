"""Words read and written, against what the RTL asks its memories for."""

import pytest
from amaranth.sim import Simulator

from convolith.hw.core import Core
from convolith.model.compile.mapping import Mapping
from convolith.model.compile.registers import layer_registers
from convolith.model.dataflow.cycles import ACT_ADDRESS, START_LATENCY
from convolith.model.dataflow.post_rows import chunks
from convolith.model.dataflow.traffic import traffic
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.model.quantization.output import Output

FOLDED = {"fold": "xy"}
PACKED, PAIRED = {"dataflow": "packed"}, {"dataflow": "paired"}
PATCHES, LINES = {"dataflow": "shared"}, {"dataflow": "shared lines"}
WIDE = ConvLayer(N=2, IC=5, OC=7, IX=6, IY=5, KX=3, KY=2, stride=(2, 1), padding=(2, 1))
DEEP = ConvLayer(N=2, IC=6, OC=12, IX=7, IY=6, KX=3, KY=3, stride=(1, 2), padding=(1, 2), groups=6)
FEW = ConvLayer(N=2, IC=35, OC=4, IX=1, IY=4, KY=3, stride=(1, 2), padding=(0, 1), dims=1)
GROUPS = ConvLayer(IC=6, OC=4, IX=1, IY=9, KY=3, dilation=(1, 2), padding=(0, 1), groups=2, dims=1)


def reads(mapping):
    """What the core asks its memories for from accepting a layer to its last row; rows.

    Activations in the cycles in which a row's address is at the port, one per slot of a row; of
    bias words each once.
    """
    core, tiling = Core(mapping.config), mapping.tiling
    seen = {"act": 0, "weight": 0, "bias": 0, "parameters": 0, "rows": 0}
    stream, output, words_per_row = core.o, None, 1
    if mapping.config.post_lanes:
        stream, output = core.results, Output(zero_point=3)
        words_per_row = chunks(tiling)
    # Of a step's slots these have a word; with shared words all have.
    slots, rows = 1, 1
    if not mapping.kind.whole_words:
        slots, rows = tiling.tile_cycles // tiling.steps, mapping.config.rows

    async def bench(ctx):
        ctx.set(stream.ready, 1)
        registers = layer_registers(mapping.tiling, add_bias=True, output=output)
        ctx.set(core.i_layer.payload, registers)
        ctx.set(core.i_layer.valid, 1)
        await ctx.tick().until(core.i_layer.ready)
        ctx.set(core.i_layer.valid, 0)
        # Where multipliers are no cells, all that is before the array is a cycle later.
        last, slot, words = False, -START_LATENCY - ACT_ADDRESS - 1, []
        while not last:
            if 0 <= slot < tiling.tiles * tiling.tile_cycles and slot % slots < rows:
                seen["act"] += ctx.get(core.act.en)
            slot += 1
            seen["weight"] += ctx.get(core.weight.en)
            if mapping.config.pack_edges:
                seen["weight"] += ctx.get(core.weight_odd.en)
            if ctx.get(core.bias.en):
                words.append(ctx.get(core.bias.address))
            if output:
                seen["parameters"] += ctx.get(core.parameters.en)
            if ctx.get(stream.valid):
                seen["rows"] += 1
                last = ctx.get(stream.payload.last)
            await ctx.tick()
        seen["bias"] = len(set(words))
        seen["rows"] //= words_per_row

    engine = Simulator(core)
    engine.add_clock(1e-8)
    engine.add_testbench(bench)
    engine.run()
    return seen


@pytest.mark.parametrize(
    ("layer", "how"),
    [
        (WIDE, {}), (WIDE, FOLDED), (WIDE, PACKED), (GROUPS, {}), (GROUPS, {"merge": 2}),
        (GROUPS, PACKED), (FEW, PAIRED), (DEEP, PATCHES), (DEEP, LINES),
    ],
)
@pytest.mark.parametrize(
    "shape",
    [
        {"rows": 4, "cols": 3}, {"rows": 4, "cols": 2, "dot": 2, "lanes": 16},
        {"rows": 8, "cols": 2},
    ],
)
def test_the_rtl_reads_as_many(layer, how, shape):
    """And so does an array that could do more."""
    plain = [] if how in (PACKED, PAIRED) else [False]
    for packs in (*plain, True):
        check(Mapping(ArrayConfig(pack_edges=packs, **shape), layer, **how))
    config = ArrayConfig(pack_edges=True, post_lanes=1, **shape)
    check(Mapping(config, layer, requantized=True, **how))


def check(mapping):
    words = traffic(mapping.tiling)
    assert reads(mapping) == {
        "act": words.act_read, "weight": words.weight_read, "bias": words.bias_read,
        "parameters": words.parameters_read, "rows": words.rows,
    }
