"""Traces as JSON: what a reader finds in one is what the RTL did."""

import json
from dataclasses import replace
from itertools import accumulate

import jsonschema
import numpy as np
import pytest
from exported_layers import LAYERS, compiled
from trace_reader import TraceReader

from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.contract.simulator import Fault
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.watch.format import stops
from convolith.sim.watch.format.document import document, schema
from convolith.sim.watch.recorded.outputs import Outputs
from convolith.sim.watch.recorded.recording import NO_READ, record
from convolith.sim.watch.recorded.trace import Trace


def traced(name, window=None, simulator=AmaranthSimulator, fault=None):
    convolution = compiled(name).convolution
    return Trace(convolution, record(convolution, simulator(), window, fault=fault))


def written(trace, **more):
    """As a file has it."""
    found = document(trace, Outputs(trace), title="a layer", simulator="amaranth", **more)
    found = json.loads(json.dumps(found))
    jsonschema.validate(found, schema())
    return found


@pytest.fixture(scope="module", params=LAYERS)
def trace(request):
    return traced(request.param)


def places(index, shape):
    return tuple(int(i) for i in np.unravel_index(index, shape))


def check_terms(found, trace, cycles):
    """Each term that a reader finds is the RTL's operand, and the tensor's number there."""
    reader, layer, convolution = TraceReader(found), trace.layer, trace.convolution
    recording, count = trace.recording, 0
    for cycle in cycles:
        for row, col in np.ndindex(trace.config.rows, trace.config.cols):
            output, terms = reader.terms(cycle, row, col)
            i = cycle - recording.first
            taken = set(zip(recording.activations[i, row, col].tolist(),
                            recording.weights[i, row, col].tolist(), strict=True))
            for x, w, a, b in terms:
                count += 1
                n, oc, ox, oy = places(output, (layer.N, layer.OC, layer.OX, layer.OY))
                woc, ic, kx, ky = places(w, (layer.OC, layer.group_IC, layer.KX, layer.KY))
                assert woc == oc
                assert b == convolution.w[oc, ic, kx, ky]
                ix = ox * layer.stride[0] + kx * layer.dilation[0] - layer.padding[0]
                iy = oy * layer.stride[1] + ky * layer.dilation[1] - layer.padding[1]
                channel = oc // layer.group_OC * layer.group_IC + ic
                inside = 0 <= ix < layer.IX and 0 <= iy < layer.IY
                if x == -1:
                    assert not inside
                    assert a == convolution.padding_value
                else:
                    assert places(x, (layer.N, layer.IC, layer.IX, layer.IY)) == (
                        n, channel, ix, iy
                    )
                    assert a == convolution.x[n, channel, ix, iy]
                assert (a, b) in taken
    return count


def test_a_reader_finds_every_term_and_sum(trace):
    found = written(trace)
    cycles = range(1, trace.convolution.schedule.cycles + 1)
    assert check_terms(found, trace, cycles) == trace.layer.macs == found["macs"]
    sums = np.array(TraceReader(found).sums()).reshape(trace.recording.sums.shape)
    assert np.array_equal(sums, trace.recording.sums)


def test_outputs_are_pytorchs_and_leave_when_the_rtl_says(trace):
    found, convolution = written(trace), trace.convolution
    assert found["equal"]
    assert found["wrong"] == []
    values = np.array(found["tensors"]["y"]["values"])
    expected = convolution.reference.output().reshape(-1)
    assert np.array_equal(values, expected if convolution.output else expected / convolution.scale)
    left = list(accumulate(found["tensors"]["y"]["left"]))
    out = list(accumulate(found["rows"]["out"]["cycle"]))
    run = trace.recording.run
    exits = convolution.schedule.output_tensor(run.exit_cycles).reshape(-1)
    assert left == exits.tolist()
    assert set(out) <= set(np.concatenate(run.row_cycles).tolist())
    rows = sum(part.terms.tiling.output_rows for part in trace.parts if part.terms.piece.last)
    assert len(out) == rows
    assert max(left) <= max(out) == found["cycles"]
    complete = found["rows"]["complete"]
    assert complete["kept"].count(0) == rows
    # No row leaves before it is complete, and all are complete before the end.
    ends = sorted(cycle for cycle, kept in zip(
        accumulate(complete["cycle"]), complete["kept"], strict=True) if not kept)
    assert all(end < cycle for end, cycle in zip(ends, out, strict=True))


def test_reads_are_those_of_the_ports(trace):
    found = written(trace)
    for read in found["reads"]:
        addresses = trace.recording.reads[read["memory"]]
        cycles, values = (list(accumulate(read[name])) for name in ("cycle", "address"))
        assert [addresses[cycle - 1] for cycle in cycles] == values
        assert (addresses != NO_READ).sum() == len(cycles)
    assert {"act", "weight"} <= {read["memory"] for read in found["reads"]}


def test_loops_are_those_of_the_layer(trace):
    loops, layer = written(trace)["loops"], trace.layer
    product = np.prod([loop["extent"] for loop in loops["tutorial"]])
    assert product == layer.macs
    assert sorted(loops["array"]) == sorted(loop["name"] for loop in loops["tutorial"])
    still = {loop["name"] for loop in loops["tutorial"] if not loop["in"]}
    assert {loop["name"] for loop in loops["tutorial"] if loop["extent"] == 1} <= still
    where = {place for loop in loops["tutorial"] for place in loop["in"]}
    assert "columns" in where or layer.OC == 1


@pytest.mark.parametrize("name", LAYERS)
def test_a_window(monkeypatch, name):
    """Also of tensors that are cut to what its terms touch."""
    monkeypatch.setattr("convolith.sim.watch.format.tensors.MOST_NUMBERS", 16)
    total = compiled(name).convolution.schedule.cycles
    first, last = total // 3, total // 2
    trace, whole = traced(name, (first, last)), traced(name)
    found = written(trace)
    assert found["window"] == [first, last]
    assert check_terms(found, trace, range(first, last + 1)) == trace.terms
    sums = np.array(TraceReader(found).sums()).reshape(trace.recording.sums.shape)
    assert np.array_equal(sums, whole.recording.sums[first - 1 : last])
    everything = written(whole)
    assert found["tiles"]["start"] == everything["tiles"]["start"]
    for name in ("complete", "out"):
        cycles = list(accumulate(everything["rows"][name]["cycle"]))
        kept = everything["rows"][name].get("kept", [0] * len(cycles))
        before = sum(cycle < first and not stay for cycle, stay in zip(cycles, kept, strict=True))
        assert found["rows"][name]["before"] == before
        inside = [cycle for cycle in cycles if first <= cycle <= last]
        assert list(accumulate(found["rows"][name]["cycle"])) == inside
    sizes = [np.prod(tensor["shape"]) for tensor in found["tensors"].values()]
    assert min(sizes) < max(np.prod(tensor["size"]) for tensor in found["tensors"].values())


def test_the_stops_are_true(trace):
    """Of the tour: also in windows, which may begin or end within a sum."""
    total = trace.convolution.schedule.cycles
    for window in (None, (total // 3, total), (1, total // 2), (total // 2, total // 2 + 9)):
        part = trace if window is None else traced_like(trace, window)
        found, first = written(part), part.recording.first
        for stop in found["stops"]:
            cycle, (row, col), text = stop["cycle"], stop["pe"], stop["text"]
            assert first <= cycle <= part.recording.last
            if text == stops.READ:
                assert not any(trace.recording.reads["act"][: cycle - 1] != NO_READ)
                assert trace.recording.reads["act"][cycle - 1] != NO_READ
            elif text == stops.END:
                assert cycle == total
            elif text in (stops.FIRST, stops.NEXT):
                assert trace.begins[cycle - 1, row]
                assert trace.at(cycle, row, col)
            elif text == stops.LAST:
                output = int(trace.y[cycle - 1, row, col])
                terms = trace.history(output)
                assert terms[-1].cycle == cycle
                assert {term.pe for term in terms} == {(row, col)}
            elif text == stops.LEAVES:
                assert cycle in found_left(found)
            else:
                assert text == stops.SKEW.format(row=row)
                assert trace.begins[cycle - 1, row]
                assert trace.begins[cycle - 2, row - 1]


def traced_like(trace, window):
    recording = record(trace.convolution, AmaranthSimulator(), window)
    return Trace(trace.convolution, recording)


def found_left(found):
    return set(accumulate(found["tensors"]["y"]["left"]))


def test_a_wrong_sum_in_the_first_cycle_is_noticed(trace):
    """Of a window: it is compared with all products of its tile until then."""
    middle = trace.convolution.schedule.cycles // 2
    used = np.argwhere(trace.busy[middle - 1])
    if not len(used):
        return
    part = traced_like(trace, (middle, middle + 5))
    part.check()
    row, col = used[0]
    sums = part.recording.sums.copy()
    sums[:, row, col] += 4  # as if it had come before
    wrong = Trace(part.convolution, replace(part.recording, sums=sums))
    with pytest.raises(SimulationError, match=rf"PE \({row}, {col}\) must be .* in cycle {middle}"):
        wrong.check()


@pytest.mark.parametrize("name", ["plain", "lanes"])
def test_verilator_writes_the_same(name):
    one, other = (written(traced(name, simulator=which))
                  for which in (AmaranthSimulator, VerilatorSimulator))
    assert one == other


@pytest.mark.parametrize("name", ["folded", "row pairs", "partial sums", "lanes"])
def test_a_fault(name):
    right = traced(name)
    adding = np.argwhere(right.y[:, 0, 0] != -1)[:, 0]
    cycle = int(adding[len(adding) // 2]) + 1
    fault = Fault(row=0, col=0, bit=12, cycle=cycle)
    wrong = traced(name, fault=fault)
    found = written(wrong, fault=fault)
    sums = np.array(TraceReader(found).sums()).reshape(wrong.recording.sums.shape)
    assert np.array_equal(sums, wrong.recording.sums)
    different = np.argwhere(sums != right.recording.sums)[0]
    differs = found["fault"]["differs"]
    assert (differs["cycle"] - 1, differs["row"], differs["column"]) == tuple(different)
    assert differs["got"] == sums[tuple(different)]
    assert differs["expected"] == right.recording.sums[tuple(different)]
    values = np.array(found["tensors"]["y"]["values"])
    expected = np.array(written(right)["tensors"]["y"]["values"])
    assert found["wrong"]
    assert not found["equal"]
    assert [[i, expected[i]] for i, _ in found["wrong"]] == found["wrong"]
    assert sorted(i for i, _ in found["wrong"]) == np.flatnonzero(values != expected).tolist()


def test_what_would_lie_cannot_be_written(trace):
    used = np.argwhere((trace.w != -1) & (trace.y[..., None] != -1))
    i, r, c, d = (int(k) for k in used[-1])
    for name, place in (("activations", (i, r, c, d)), ("weights", (i, r, c, d)),
                        ("sums", (i, r, c))):
        changed = getattr(trace.recording, name).copy()
        changed[place] ^= 1
        wrong = Trace(trace.convolution, replace(trace.recording, **{name: changed}))
        with pytest.raises(SimulationError, match=rf"PE \({r}, {c}\)"):
            written(wrong)
