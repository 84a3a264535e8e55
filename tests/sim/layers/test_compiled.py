"""`convolith.compile`: what must leave the core, and where each output is."""

import numpy as np
import pytest
import torch
from exported_layers import LAYERS, compiled
from messages import exactly

import convolith
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.layers.compiled import NO_OUTPUT


@pytest.mark.parametrize("name", LAYERS)
def test_the_rtl_gives_these_rows(name):
    layer = compiled(name)
    run = AmaranthSimulator().run(layer.program)
    assert all(np.array_equal(*pair) for pair in zip(run.rows, layer.rows, strict=True))
    assert run.cycles == layer.cycles
    assert np.array_equal(layer.output(run.rows), layer.expected)


@pytest.mark.parametrize("name", LAYERS)
def test_places(name):
    """Each output is at one place; what is there is PyTorch's output."""
    layer = compiled(name)
    places = np.concatenate([of.reshape(-1) for of in layer.places])
    numbers = np.concatenate([of.reshape(-1) for of in layer.rows])
    taken = places != NO_OUTPUT
    assert sorted(places[taken]) == list(range(layer.expected.size))
    offset = layer.convolution.output.offset if layer.convolution.output else 0
    flat = np.empty(layer.expected.size, dtype=np.int64)
    flat[places[taken]] = numbers[taken] + offset
    assert np.array_equal(flat * layer.convolution.scale, layer.expected.reshape(-1))


def test_a_module():
    torch.manual_seed(0)
    conv = torch.nn.Conv1d(2, 3, 2)
    conv.weight.data = torch.randint(-128, 128, conv.weight.shape).float()
    conv.bias.data = torch.randint(-99, 99, conv.bias.shape).float()
    x = torch.randint(-128, 128, (1, 2, 5)).float()
    layer = convolith.compile(conv, x, rows=2, cols=2, exact=True)
    assert torch.equal(torch.from_numpy(layer.expected).float(), conv(x).detach())
    assert np.array_equal(layer.output(layer.rows), layer.expected)
    assert layer.cycles == convolith.run(
        conv, x, rows=2, cols=2, exact=True, simulator="amaranth", progress=False
    ).cycles
    assert (layer.config.rows, layer.layer.OC) == (2, 3)
    assert repr(layer) == (
        f"Compiled: 1x2x5 * 3x2x2 on 2x2x1, {layer.mapping}: 1 step, 8 rows, {layer.cycles} cycles"
    )


def test_stored_results_need_room():
    """A layer that does not fit beside its results runs all the same, and stores nothing."""
    config, x_shape, w_shape, *_ = LAYERS["stored"]
    assert compiled("stored").memory is not None
    small = config | {"act_words": 64}
    from exported_layers import quantized_case

    case = quantized_case(
        convolith.ArrayConfig(**small), x_shape, w_shape, {"padding": 1}, biased=True, seed=3
    )
    layer = convolith.Compiled.of(case.prepare())
    assert layer.memory is None
    assert all(step.store is None for step in layer.program)


def test_an_unknown_parameter():
    conv, x = torch.nn.Conv1d(1, 1, 1), torch.zeros(1, 1, 1)
    message = r"compile takes exact, plain, engine, and .* not 'row'; rows is"
    with pytest.raises(TypeError, match=message):
        convolith.compile(conv, x, row=2)


def test_a_model_that_is_wrong_is_noticed(monkeypatch):
    monkeypatch.setattr(
        "convolith.sim.engines.model.rows_of_sums",
        lambda tiling, *words, **more: np.ones((tiling.output_rows, tiling.config.cols), int),
    )
    message = exactly("the model's outputs are not PyTorch's")
    with pytest.raises(SimulationError, match=message):
        compiled("plain")
