"""Traces: what the RTL multiplied and held is what the indices say, in every mapping."""

from dataclasses import replace

import numpy as np
import pytest
from exported_layers import LAYERS, compiled
from messages import exactly

from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.contract.simulator import Fault
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.watch.recorded.recording import record
from convolith.sim.watch.recorded.trace import Trace
from convolith.sim.watch.recorded.words import Words


@pytest.fixture(scope="module", params=LAYERS)
def trace(request):
    convolution = compiled(request.param).convolution
    return Trace(convolution, record(convolution, AmaranthSimulator()))


def test_every_term_is_in_the_rtl(trace):
    trace.check()
    assert trace.terms == trace.layer.macs


def test_an_output_has_all_of_its_terms(trace):
    """Their products add up to PyTorch's sum, less the bias and what an input's shift adds."""
    convolution, layer = trace.convolution, trace.layer
    x = np.pad(convolution.x, [(0, 0), (0, 0), *((p, p) for p in layer.padding)],
               constant_values=convolution.padding_value)
    for output in (0, layer.N * layer.OC * layer.OX * layer.OY - 1):
        n, oc, ox, oy = np.unravel_index(output, (layer.N, layer.OC, layer.OX, layer.OY))
        terms = trace.history(output)
        assert len(terms) == layer.group_IC * layer.KX * layer.KY
        assert {term.w[0] for term in terms} == {oc}
        group = slice(oc // layer.group_OC * layer.group_IC, None)
        total = sum(
            int(x[n, group][ic, ox * layer.stride[0] + kx * layer.dilation[0],
                            oy * layer.stride[1] + ky * layer.dilation[1]])
            * int(convolution.w[oc, ic, kx, ky])
            for ic, kx, ky in np.ndindex(layer.group_IC, layer.KX, layer.KY)
        )
        assert sum(term.product for term in terms) == total


def test_a_wrong_operand_or_sum_is_noticed(trace):
    recording = trace.recording
    used = np.argwhere((trace.w != -1) & (trace.y[..., None] != -1))
    i, r, c, d = (int(k) for k in used[len(used) // 2])
    for name, place, message in (
        ("activations", (i, r, c, d), rf"^PE \({r}, {c}\) adds a product of the activation "),
        ("weights", (i, r, c, d), rf"^PE \({r}, {c}\) adds a product of the weight -?\d+ "),
        ("sums", (i, r, c), rf"^the sum of PE \({r}, {c}\) must be -?\d+ in cycle {i + 1}, not "),
    ):
        changed = getattr(recording, name).copy()
        changed[place] += 1
        wrong = Trace(trace.convolution, replace(recording, **{name: changed}))
        with pytest.raises(SimulationError, match=message):
            wrong.check()


def test_a_window_is_a_part_of_the_whole(trace):
    convolution = trace.convolution
    total = convolution.schedule.cycles
    first, last = total // 3, total - 5
    part = Trace(convolution, record(convolution, AmaranthSimulator(), (first, last)))
    part.check()
    for name in ("x", "w", "y", "begins"):
        assert np.array_equal(getattr(part, name), getattr(trace, name)[first - 1 : last])
    for name in ("sums", "activations", "weights", "drained"):
        found, whole = (getattr(one.recording, name) for one in (part, trace))
        assert np.array_equal(found, whole[first - 1 : last])
    for name, read in part.recording.reads.items():
        assert np.array_equal(read, trace.recording.reads[name][first - 1 : last])


@pytest.mark.parametrize("name", ["folded", "partial sums"])
def test_verilator_records_the_same(name):
    convolution = compiled(name).convolution
    found = [record(convolution, one()) for one in (AmaranthSimulator, VerilatorSimulator)]
    for part in ("activations", "weights", "sums"):
        assert np.array_equal(*(getattr(recording, part) for recording in found))
    Trace(convolution, found[1]).check()


def test_a_fault_is_in_the_sums(trace):
    used = np.argwhere(trace.y[:, 1, 1] != -1)
    cycle = int(used[len(used) // 2][0]) + 1
    fault = Fault(row=1, col=1, bit=3, cycle=cycle)
    convolution = trace.convolution
    wrong = Trace(convolution, record(convolution, AmaranthSimulator(), fault=fault))
    wrong.check(sums=False)
    different = np.argwhere(wrong.recording.sums != trace.recording.sums)
    assert {tuple(pe) for _, *pe in different} <= {(1, 1)}
    if len(different):
        assert different[0][0] + 1 == cycle + 1
        with pytest.raises(SimulationError, match=r"^the sum of PE \(1, 1\) must be "):
            wrong.check()


def test_a_recording_is_not_too_large(monkeypatch):
    monkeypatch.setattr("convolith.sim.watch.recorded.recording.MOST_PE_CYCLES", 1000)
    convolution = compiled("plain").convolution
    total = convolution.schedule.cycles
    message = (
        f"a recording must have at most 1,000 cycles of PEs, not {total * 16:,}: say, cycles 1 to "
        f"62 of the layer's {total:,}"
    )
    with pytest.raises(ValueError, match=exactly(message)):
        record(convolution, AmaranthSimulator())


def test_a_sentence_names_what_is_added(trace):
    i, r, c = (int(k) for k in np.argwhere(trace.y != -1)[-1])
    text = Words(trace).sentence(i + 1, r, c)
    terms = trace.at(i + 1, r, c)
    assert text.startswith(f"Cycle {i + 1}: PE ({r}, {c}) ")
    for term in terms:
        assert f"= {term.a} * {term.b} = {term.product}" in text
    layer = trace.layer
    total = layer.group_IC * layer.KX * layer.KY
    assert text.endswith(f"({total} of {total} products).")
