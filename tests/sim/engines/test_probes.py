"""Recordings: both simulators see the same signals in the same cycles."""

import numpy as np
import pytest
from exported_layers import compiled

from convolith.model.dataflow.trace import trace
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.contract.probe import probes
from convolith.sim.engines.verilator import VerilatorSimulator


class Recording:
    """All probes of a window, as numbers."""

    def __init__(self, config, window):
        self.window = window
        self.probes = {probe.path: probe for probe in probes(config)}
        self.next = window[0]
        self.parts = {path: [] for path in self.probes}
        self.lasts = []

    def take(self, first, words):
        assert first == self.next
        counts = {len(of) for of in words.values()}
        (count,) = counts
        self.next += count
        for path, of in words.items():
            self.parts[path].append(self.probes[path].numbers(of))
            if self.probes[path].last:
                self.lasts.append(self.probes[path].lasts(of))

    def __getitem__(self, path):
        return np.concatenate(self.parts[path])


def record(simulator, layer, window):
    recording = Recording(layer.config, window)
    run = simulator.run(layer.program, recorder=recording)
    assert run.cycles == layer.cycles
    return recording


@pytest.mark.parametrize("name", ["partial sums", "shared words", "stored"])
def test_the_simulators_see_the_same(name):
    layer = compiled(name)
    window = (1, layer.cycles)
    found = [record(one(), layer, window) for one in (AmaranthSimulator, VerilatorSimulator)]
    for path, probe in found[0].probes.items():
        amaranth, verilator = (recording[path] for recording in found)
        assert amaranth.shape == (layer.cycles, probe.count)
        if path.endswith("__data"):
            # What is read without `en` may be any word: three cycles after an address.
            read = found[0][path.replace("__data", "__en")][:, 0] == 1
            amaranth, verilator = amaranth[3:][read[:-3]], verilator[3:][read[:-3]]
        elif path.endswith("__address"):
            used = found[0][path.replace("__address", "__en")][:, 0] == 1
            amaranth, verilator = amaranth[used], verilator[used]
        elif path.endswith("__payload"):
            valid = found[0][path.replace("__payload", "__valid")][:, 0] == 1
            amaranth, verilator = amaranth[valid], verilator[valid]
        assert np.array_equal(amaranth, verilator), path
    assert len(np.unique(found[0]["array.pe_0_0.accumulator"])) > 10


@pytest.mark.parametrize("simulator", [AmaranthSimulator, VerilatorSimulator])
def test_what_a_recording_has(simulator):
    layer = compiled("plain")
    found = record(simulator(), layer, (1, layer.cycles))
    # The cycle, the accumulators of the model, the rows that leave.
    assert found["observer.cycle"][:, 0].tolist() == list(range(1, layer.cycles + 1))
    (step,) = layer.program
    expected = trace(step.tiling, layer.convolution.x, layer.convolution.w)
    for r, c in np.ndindex(layer.config.rows, layer.config.cols):
        assert np.array_equal(found[f"array.pe_{r}_{c}.accumulator"][:, 0], expected[1:, r, c])
    leaves = found["o__valid"][:, 0] == 1
    assert np.array_equal(found["o__payload"][leaves], layer.rows[0])
    lasts = np.concatenate(found.lasts)[leaves]
    assert lasts.tolist() == [False] * (len(layer.rows[0]) - 1) + [True]


@pytest.mark.parametrize("simulator", [AmaranthSimulator, VerilatorSimulator])
def test_a_window(simulator):
    layer = compiled("partial sums")
    whole = record(simulator(), layer, (1, layer.cycles))
    part = record(simulator(), layer, (40, layer.cycles - 7))
    for path in ("array.pe_1_1.accumulator", "act__address", "observer.cycle"):
        assert np.array_equal(part[path], whole[path][39:-7])
