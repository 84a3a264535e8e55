"""Programs: words by hand, registers, rows and cycles, and what is not written again."""

from dataclasses import replace

import numpy as np
import pytest

from convolith.hw.layouts.registers import register_layout
from convolith.model.compile.bases import Bases
from convolith.model.compile.chain import chain
from convolith.model.compile.mapping import Mapping
from convolith.model.compile.planner import plan
from convolith.model.compile.program import Step, compile_chain, compile_layer
from convolith.model.compile.tensors import Tensors
from convolith.model.layer import ConvLayer
from convolith.model.numbers.packing import pack_fields
from convolith.model.options.config import ArrayConfig
from convolith.model.options.units import registers
from convolith.model.quantization.float32 import FloatRequantization
from convolith.model.quantization.output import Output
from convolith.model.quantization.words import parameter_values

# Two pixels and two channels at a time, words of two channels.
CONFIG = ArrayConfig(
    rows=2, cols=2, act_words=8, weight_words=8, bias_words=4, sum_words=4, addr_bits=5
)
LAYER = ConvLayer(IC=2, OC=3, IY=3, KY=2, dims=1)


def tensors_of(layer, **more):
    """Input 1, 2, 3, ...; weight 100 * oc + 10 * ic + ky."""
    x = np.arange(1, 1 + layer.N * layer.IC * layer.IY).reshape(layer.N, layer.IC, 1, layer.IY)
    oc, ic, _, ky = np.ix_(*map(range, (layer.OC, layer.group_IC, 1, layer.KY)))
    return Tensors(x=x, w=100 * oc + 10 * ic + ky, **more)


def compiled(config, layer, **more):
    tensors = tensors_of(layer, **more)
    schedule = plan(config, layer, biased=tensors.bias is not None)
    return schedule, compile_layer(schedule, tensors)


def written(program):
    """Per step how many words are written to which memory."""
    return [{name: len(words) for name, words in step.words.items()} for step in program]


def test_a_tiny_layer():
    schedule, program = compiled(CONFIG, LAYER, bias=np.array([7, 8, 9]))
    (step,) = program
    words = {name: of.tolist() for name, of in step.words.items()}
    assert words == {
        # A pixel's two channels.
        "act": [[1, 4], [2, 5], [3, 6]],
        # Channels 0 and 1, then 2 and none: of each tap both input channels.
        "weight": [
            [0, 100], [10, 110], [1, 101], [11, 111], [200, 0], [210, 0], [201, 0], [211, 0],
        ],
        "bias": [[7, 8], [9, 0]],
    }
    assert step.rows == 4  # of two pixels, twice
    # Two tiles of two taps of two cycles; 2 to the first slot, 9 to the operands, 4 to the sums,
    # 1 for the drain bus, 1 for the bias, 3 for the FIFO, and row 1 is one cycle behind row 0.
    assert step.cycles == schedule.cycles == 8 + 2 + 9 + 4 + 1 + 1 + 3 + 1
    assert step.load_cycles == schedule.load_cycles == 8
    assert {name: value for name, value in step.registers.items() if name.endswith("_count")} == {
        "g_count": -1, "oc_count": 0, "px_count": -1, "ic_count": -1, "kx_count": -1,
        "ky_count": 0, "n_count": -1, "ox_count": -1, "oy_count": 0,
    }
    others = {"size_x": 1, "size_y": 3, "stride_y": 1, "act_base": 0, "padding_value": 0,
              "add_bias": 1, "add_sums": 0, "keep_sums": 0}
    assert others.items() <= step.registers.items()
    assert step.stream == "o"
    assert (step.row.count, step.row.bits, step.last_bit) == (2, 32, 64)


def test_a_tiny_layers_words_as_a_simulator_takes_them():
    _, program = compiled(CONFIG, LAYER)
    (step,) = program
    assert step.packed("act", 4).tolist() == [[1, 4, 0, 0], [2, 5, 0, 0], [3, 6, 0, 0]]
    assert step.packed("act").tolist() == [[1, 4], [2, 5], [3, 6]]
    # Addresses have five bits, and lie below the word.
    assert step.writes("act") == [0x0401 << 5, 0x0502 << 5 | 1, 0x0603 << 5 | 2]
    assert step.register_word % 2**17 == 2**17 - 1  # groups - 2, which is -1
    assert step.numbers([1 << 64 | 5 << 32 | 0xFFFF_FFFF]).tolist() == [[-1, 5]]
    row = [255, 255, 255, 255, 5, 0, 0, 0, 1, 0, 0, 0]
    assert step.unpacked(np.array([row], dtype=np.uint8)).tolist() == [[-1, 5]]


def test_the_output_tensor():
    schedule, _ = compiled(CONFIG, LAYER)
    rows = np.array([[1, 3], [2, 4], [5, 0], [6, 0]])
    assert schedule.output_tensor([rows]).tolist() == [[[[1, 2]], [[3, 4]], [[5, 6]]]]


def test_partial_sums():
    """Weights of two input channels at a time: two steps, the first of which keeps its sums."""
    config, layer = replace(CONFIG, weight_words=4), replace(LAYER, IC=4, OC=2)
    schedule, program = compiled(config, layer, bias=np.array([7, 8]))
    first, second = program
    flags = [
        tuple(step.registers[name] for name in ("add_bias", "add_sums", "keep_sums"))
        for step in program
    ]
    assert flags == [(1, 0, 1), (0, 1, 0)]
    assert first.words["act"].tolist() == [[1, 4], [2, 5], [3, 6]]
    assert second.words["act"].tolist() == [[7, 10], [8, 11], [9, 12]]
    assert first.words["weight"].tolist() == [[0, 100], [10, 110], [1, 101], [11, 111]]
    assert second.words["weight"].tolist() == [[20, 120], [30, 130], [21, 121], [31, 131]]
    assert written(program) == [{"act": 3, "weight": 4, "bias": 1}, {"act": 3, "weight": 4}]
    assert (first.rows, second.rows) == (0, 2)
    # One tile of four cycles, as above; kept sums do not go through the FIFO.
    assert (first.cycles, second.cycles) == (22, 25)
    assert sum(step.cycles for step in program) == schedule.cycles == 47
    kept, rows = np.zeros((0, 2), dtype=np.int64), np.array([[1, 3], [2, 4]])
    assert schedule.output_tensor([kept, rows]).tolist() == [[[[1, 2]], [[3, 4]]]]


def test_weights_stay():
    """Too many pixels: all pieces have the same weight and bias."""
    layer = replace(LAYER, IY=14)
    schedule, program = compiled(CONFIG, layer, bias=np.array([7, 8, 9]))
    first, *others = written(program)
    assert first == {"act": 8, "weight": 8, "bias": 2}
    assert others
    assert all(set(one) == {"act"} for one in others)
    assert [step.words["act"][0, 0] for step in program] == [
        1 + piece.input[3].start for piece in schedule.pieces
    ]
    loading = sum(step.load_cycles for step in program)
    assert loading == schedule.load_cycles == 8 + sum(one["act"] for one in others)


def test_activations_stay():
    """Too many weights: both pieces have the same input."""
    layer = replace(LAYER, OC=4, KY=3)
    _, program = compiled(CONFIG, layer)
    assert written(program) == [{"act": 3, "weight": 6}, {"weight": 6}]
    assert program[1].words["weight"][0].tolist() == [200, 300]


def test_each_bank_has_its_own_words():
    config = replace(CONFIG, pack_edges=True)
    tensors = tensors_of(LAYER)
    mapping = Mapping(config, LAYER)
    step = Step.of(mapping.tiling, mapping.tiling.in_banks(mapping.weight_words(tensors.w)))
    assert {name: words.tolist() for name, words in step.words.items()} == {
        "weight": [[0, 100], [10, 110], [1, 101], [11, 111]],
        "weight_odd": [[200, 0], [210, 0], [201, 0], [211, 0]],
    }
    assert step.load_cycles == 4


def test_nothing_to_do():
    schedule, program = compiled(CONFIG, replace(LAYER, N=0))
    assert program == []
    assert schedule.cycles == schedule.load_cycles == 0
    assert schedule.output_tensor([]).shape == (0, 3, 1, 2)


LANES = ArrayConfig(
    rows=2, cols=2, post_lanes=1, store_results=True, act_words=16, weight_words=16, bias_words=4,
    addr_bits=8,
)


def requantized(layer):
    output = Output(zero_point=3)
    ones = np.ones(layer.OC, dtype=np.float32)
    values = parameter_values(LANES, FloatRequantization(multiplier=ones, output=output))
    return tensors_of(
        layer, bias=np.zeros(layer.OC, dtype=np.int64), output=output, parameters=values
    )


def test_a_chain():
    layers = [LAYER, ConvLayer(IC=3, OC=2, IY=2, KY=1, dims=1)]
    program = compile_chain(chain(LANES, layers), [requantized(layer) for layer in layers])
    first, second = program
    # Three pixels at the memory's beginning, two of two words each at its end.
    assert (first.bases.act, second.bases.act) == (0, 12)
    assert (first.store.base, second.store) == (12, None)
    assert "act" in first.words
    assert set(second.words) == {"weight", "bias", "parameters"}
    assert (first.registers["store"], second.registers["store"]) == (1, 0)
    assert first.registers["store_base"] == 24  # words of one activation
    assert second.registers["act_base"] == 12
    assert first.stream == second.stream == "results"
    assert (first.row.count, first.row.bits) == (1, 8)
    assert (first.rows, second.rows) == (8, 4)  # a word per number
    # A parameter is a float32 without its sign, 1.0, in the lowest bits.
    assert first.words["parameters"][0].tolist() == [0, 0, 0x80, 0x3F]


def test_memories_of_a_chain():
    """What has been stored stays where it is; other words are as new ones leave them."""
    layers = [LAYER, ConvLayer(IC=3, OC=2, IY=2, KY=1, dims=1)]
    program = compile_chain(chain(LANES, layers), [requantized(layer) for layer in layers])
    memories = {}
    for step in program:
        step.write(memories, step.words)
        memories["act"][12:] = 5
    assert memories["act"].tolist() == [[1, 4], [2, 5], [3, 6], *[[0, 0]] * 9, *[[5, 5]] * 4]
    assert memories["weight"] is program[1].words["weight"]


def test_programs_of_raw_steps():
    mapping = Mapping(CONFIG, LAYER)
    act = mapping.act_words(tensors_of(LAYER).x)
    steps = [Step.of(mapping.tiling, {"act": act}), Step.of(mapping.tiling, {})]
    assert written(steps) == [{"act": 3}, {}]
    assert [step.load_cycles for step in steps] == [3, 0]
    assert steps[0].config == CONFIG
    with pytest.raises(ValueError, match="words must lie below 2"):
        Step.of(mapping.tiling, {"act": act}, bases=Bases(act=30))


@pytest.mark.parametrize(
    "config",
    [
        ArrayConfig(), ArrayConfig(rows=1, cols=1, depthwise=False, bias_words=0, sum_words=0),
        ArrayConfig(rows=5, cols=6, dot=2, size_bits=9, addr_bits=13, pack_edges=True),
        ArrayConfig(rows=4, cols=4, lanes=8, act_bits=9, post_lanes=2, store_results=True),
    ],
)
def test_registers_as_amaranth_packs_them(config):
    draw = np.random.default_rng(1)
    fields = registers(config)
    for _ in range(20):
        values = {
            field.name: int(draw.integers(-(1 << field.bits - 1), 1 << field.bits - 1))
            if field.signed else int(draw.integers(1 << field.bits))
            for field in fields
        }
        expected = register_layout(config).const(values).as_bits()
        assert pack_fields(fields, values) == expected


@pytest.mark.parametrize(("words", "fits"), [(3 + 4, True), (3 + 4 - 1, False)])
def test_a_chain_has_room_for_an_input_and_its_output(words, fits):
    """The first layer's three words of input, and two pixels of two words each of output."""
    config = replace(LANES, act_words=words)
    layers = [LAYER, ConvLayer(IC=3, OC=2, IY=2, KY=1, dims=1)]
    links = chain(config, layers)
    assert (links is not None) == fits
    if links:
        first, second = links
        assert first.bases.act + 3 <= first.store.base == second.bases.act == words - 4
