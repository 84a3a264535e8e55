"""``convolith.watch``: modules of PyTorch."""

import json

import jsonschema
import numpy as np
import pytest
import torch
from messages import exactly
from torch import nn
from trace_reader import TraceReader

import convolith
from convolith.sim.layers.quantized.engine import using
from convolith.sim.watch.format.document import schema


@pytest.fixture(scope="module")
def conv():
    torch.manual_seed(3)
    layer = nn.Conv2d(3, 4, 3, padding=1, groups=1)
    with torch.no_grad():
        layer.weight.copy_(torch.randint(-5, 6, layer.weight.shape))
        layer.bias.copy_(torch.randint(-9, 10, layer.bias.shape))
    return layer


@pytest.fixture(scope="module")
def x():
    return torch.from_numpy(np.random.default_rng(4).integers(-9, 10, (1, 3, 6, 7))).float()


def test_a_layer(conv, x, tmp_path):
    watch = convolith.watch(conv, x, rows=4, cols=4, progress=False)
    assert watch.equal
    expected = conv(x).detach().numpy().reshape(-1)
    assert watch.trace["tensors"]["y"]["values"] == expected.tolist()
    assert watch.cycles == convolith.run(conv, x, rows=4, cols=4, simulator="amaranth").cycles
    assert repr(watch) == (
        "Watch: Conv2d(3, 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1)): folded along x "
        f"and y, {watch.cycles} cycles; equal to PyTorch"
    )
    sums = TraceReader(watch.trace).sums()
    assert sums[-1][:4] == watch.traces[0].recording.sums[-1, 0].tolist()
    watch.save(tmp_path / "a.html")
    watch.save(str(tmp_path / "a.json"))
    assert (tmp_path / "a.html").read_bytes() == watch.page()
    assert json.loads((tmp_path / "a.json").read_bytes()) == json.loads(json.dumps(watch.trace))


def test_a_notebook_shows_a_frame(conv, x):
    watch = convolith.watch(conv, x, rows=4, cols=4, title='a "b" <c>', progress=False)
    frame = watch._repr_html_()
    assert frame.startswith('<iframe title="a &quot;b&quot; &lt;c&gt;" srcdoc="&lt;!doctype html')
    assert frame.count("<") == 2


def test_explain_is_the_commands_sentence(conv, x):
    watch = convolith.watch(conv, x, rows=4, cols=4, plain=True, progress=False)
    trace = watch.traces[0]
    (i, row, column) = np.argwhere(trace.y != -1)[5].tolist()
    text = watch.explain(i + 1, (row, column))
    assert text.startswith(f"Cycle {i + 1}: PE ({row}, {column}) ")
    last = watch.cycles
    with pytest.raises(ValueError, match=exactly(f"the cycle must be from 1 to {last}, not 0")):
        watch.explain(0)
    with pytest.raises(ValueError, match=exactly("the PE's row must be from 0 to 3, not 4")):
        watch.explain(1, (4, 0))
    for wrong in (3, (1,)):
        with pytest.raises(TypeError, match=r"^the PE must be \(row, column\), not "):
            watch.terms(wrong)


def test_products_and_terms(conv, x):
    watch = convolith.watch(conv, x, rows=4, cols=4, progress=False)
    terms = watch.products((0, 2, 1, 1))
    assert len(terms) == 27
    assert {term.y for term in terms} == {(0, 2, 1, 1)}
    y = conv(x)[0, 2, 1, 1] - conv.bias[2]
    assert sum(term.product for term in terms) == y.item()
    pe = terms[0].pe
    assert set(terms) <= set(watch.terms(pe))
    with pytest.raises(ValueError, match=exactly("the output must be 4 integers, not 3")):
        watch.products((0, 1, 2))
    message = "each index of the output must be from 0 to 3, not 4"
    with pytest.raises(ValueError, match=exactly(message)):
        watch.products((0, 4, 0, 0))


def notes(module, x, **parameters):
    return convolith.watch(module, x, rows=4, cols=4, progress=False, **parameters).trace["notes"]


def test_notes_say_what_the_numbers_are(conv, x):
    assert notes(conv, x) == []
    (note,) = notes(nn.Conv2d(3, 4, 3), torch.randn(1, 3, 6, 6), act_bits=12)
    assert note.startswith("Numbers are the array's integers: 1 in x stands for ")
    offset, bias = notes(conv, x + 150)
    assert offset == "The array's x is the input minus 128, as a signed number."
    assert bias == "The array's bias makes up for that, besides the layer's own."
    mirrored = nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect", bias=False)
    mirrored.weight.data = conv.weight.data
    (note,) = notes(mirrored, x)
    assert note.startswith("Around x its own numbers are repeated (reflect)")
    linear = nn.Linear(4, 3, bias=False)
    linear.weight.data = torch.ones(3, 4)
    (note,) = notes(linear, torch.ones(2, 4))
    assert note.startswith("A linear layer is run as a convolution over one pixel")


@pytest.mark.parametrize(
    ("mode", "quantized"),
    [("reflect", False), ("replicate", False), ("circular", False), ("reflect", True)],
)
def test_padding_has_the_indices_of_what_it_repeats(mode, quantized):
    """As PyTorch's own padding of an input of indices says."""
    torch.manual_seed(6)
    if quantized:
        with using("qnnpack"):
            module = torch.ao.nn.quantized.Conv2d(2, 3, (3, 2), padding=(2, 1), padding_mode=mode)
            weight = torch.quantize_per_tensor(torch.randn(3, 2, 3, 2), 0.02, 0, torch.qint8)
            module.set_weight_bias(weight, torch.randn(3))
        x = torch.quantize_per_tensor(torch.randn(1, 2, 4, 5), 0.05, 128, torch.quint8)
        more = {"engine": "qnnpack"}
    else:
        module = nn.Conv2d(2, 3, (3, 2), padding=(2, 1), padding_mode=mode)
        module.weight.data = torch.randint(-5, 6, module.weight.shape).float()
        module.bias.data = torch.randint(-5, 6, (3,)).float()
        x, more = torch.randint(-9, 10, (1, 2, 4, 5)).float(), {}
    watch = convolith.watch(module, x, rows=4, cols=3, progress=False, **more)
    assert watch.equal
    found = watch.trace
    jsonschema.validate(json.loads(json.dumps(found)), schema())
    assert found["tensors"]["x"]["size"] == [1, 2, 4, 5]
    assert (found["layer"]["padding"], found["layer"]["padding_mode"]) == ([2, 1], mode)
    own = x.int_repr().to(torch.int64) - 128 if quantized else x.to(torch.int64)
    assert found["tensors"]["x"]["values"] == own.reshape(-1).tolist()
    places = torch.arange(40).reshape(1, 2, 4, 5).float()
    padded = nn.functional.pad(places, (1, 1, 2, 2), mode=mode).to(torch.int64)
    reader, seen = TraceReader(found), 0
    for cycle in range(1, watch.cycles + 1):
        for row, col in np.ndindex(4, 3):
            output, terms = reader.terms(cycle, row, col)
            for index, w, a, _ in terms:
                _, _, oy, ox = np.unravel_index(output, found["tensors"]["y"]["size"])
                _, ic, kx, ky = np.unravel_index(w, found["tensors"]["w"]["size"])
                assert index == padded[0, ic, oy + kx, ox + ky]
                assert a == own.reshape(-1)[index]
                seen += 1
    assert seen == found["macs"]


def test_even_numbers_are_shown_as_they_are(conv):
    """However coarse the step of the array's integers is."""
    x = torch.arange(48).reshape(1, 3, 4, 4).float() * 2
    watch = convolith.watch(conv, x, rows=4, cols=4, plain=True, progress=False)
    assert watch.trace["steps"]["x"] == 2
    assert watch.trace["notes"] == []
    assert "x[0, 0, 0, 3] * w[0, 0, 1, 1] = 6 * " in "".join(
        watch.explain(cycle, (3, 0)) for cycle in range(1, watch.cycles + 1)
    )


def test_beside_plain(conv, x):
    watch = convolith.watch(conv, x, rows=4, cols=4, beside_plain=True, progress=False)
    assert [one["mapping"] for one in watch.documents] == ["folded along x and y", "plain"]
    with pytest.raises(ValueError, match=r"^the plain mapping can be shown only beside"):
        convolith.watch(conv, x, rows=4, cols=4, beside_plain=True, plain=True)
    with pytest.raises(ValueError, match=r"^a fault can be shown only in one mapping"):
        convolith.watch(conv, x, rows=4, cols=4, beside_plain=True, fault="0,0,3")


def test_a_quantized_module():
    torch.manual_seed(5)
    with using("qnnpack"):
        module = torch.ao.nn.quantized.Conv2d(3, 4, 3)
        weight = torch.quantize_per_tensor(torch.randn(4, 3, 3, 3), 0.02, 0, torch.qint8)
        module.set_weight_bias(weight, torch.randn(4))
    module.scale, module.zero_point = 0.1, 60
    x = torch.quantize_per_tensor(torch.randn(1, 3, 6, 6), 0.05, 128, torch.quint8)
    watch = convolith.watch(module, x, engine="qnnpack", rows=4, cols=4, progress=False)
    assert watch.equal
    with using("qnnpack"):
        expected = module(x).int_repr().numpy().reshape(-1)
    assert watch.trace["tensors"]["y"]["values"] == expected.tolist()
    assert watch.trace["requantized"]["engine"] == "qnnpack"


def test_a_fault_and_a_window(conv, x):
    watch = convolith.watch(conv, x, rows=4, cols=4, fault="0,0,9", window=(20, None),
                            progress=False)
    assert not watch.equal
    assert "NOT equal" in repr(watch)
    assert watch.trace["window"][0] == 20
    assert watch.trace["fault"]["differs"]["row"] == 0


def test_bad_arguments(conv, x):
    with pytest.raises(TypeError, match=r"^watch takes title, .* not 'row'; rows is one$"):
        convolith.watch(conv, x, row=4)
    with pytest.raises(TypeError, match=exactly("the title must be a text, not 5")):
        convolith.watch(conv, x, title=5)
    with pytest.raises(ValueError, match=r"^the window of cycles must lie from 1 to "):
        convolith.watch(conv, x, window=(5, 4))
    with pytest.raises(ValueError, match=exactly(
        "a page needs a layer with outputs, not an empty batch"
    )):
        convolith.watch(conv, x[:0])
