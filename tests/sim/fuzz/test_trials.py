"""Drawn cases: numbers near their limits, wishes, chains; and what a campaign says of them."""

import re
from collections import Counter
from itertools import islice

import numpy as np
import pytest

from convolith.model.compile import planner
from convolith.model.compile.bases import Bases
from convolith.model.compile.chain import chain, input_words, placed
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.commands.cli import main
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.model import ModelSimulator
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.fuzz.campaign import Campaign
from convolith.sim.fuzz.draw import draw_chain_bases
from convolith.sim.fuzz.features import PAIRS
from convolith.sim.fuzz.large import longest, stretched, summed, wide, windowed
from convolith.sim.fuzz.met import Met
from convolith.sim.fuzz.report import pairs_table, ranges_table
from convolith.sim.fuzz.trial import Trial
from convolith.sim.fuzz.trials import REFUSED, Unit, drawn_cases
from convolith.sim.fuzz.unit import Failure, Found, run_unit
from convolith.sim.layers.chain_case import ChainCase, PreparedChain
from convolith.sim.layers.replay import load_case

STORED = ("dataflow: shared words", "results: are stored")


def trials(unit):
    return [drawn.trial for drawn in drawn_cases(unit) if drawn.trial]


def singles(unit):
    """Those that run behind each other are taken apart."""
    return [part for trial in trials(unit) for part in trial.parts]


@pytest.fixture(scope="module")
def chains():
    """Chains of one unit, in environments."""
    found = singles(Unit("amaranth", 4, 1, STORED))
    return [trial for trial in found if isinstance(trial.case, ChainCase)]


def test_numbers_near_their_limits():
    """Each number of a layer comes near 2**size_bits, strides to 20 and dilations to 24."""
    rng = np.random.default_rng(1)

    def draw(low, high):
        return int(rng.integers(low, high + 1))

    layer = ConvLayer(IC=3, OC=3, IX=9, IY=9, KX=2, KY=3, stride=(2, 1))
    found = [stretched(draw, layer, 8) for _ in range(1200)]
    for name in ("N", "IC", "OC", "IX", "IY", "groups"):
        assert max(getattr(one, name) for one in found) == 255
    assert max(max(one.padded_extent) for one in found) == 255
    assert max(max(one.stride) for one in found) == 20
    assert max(max(one.dilation) for one in found) == 24
    line = ConvLayer(IC=1, OC=1, IY=9, KY=3, dims=1)
    assert all(one.IX == one.KX == one.stride[0] == 1 for one in (
        stretched(draw, line, 8) for _ in range(100)
    ))


def test_numbers_of_all_sizes():
    """Each number takes all counts of bits; many can be large; MACs are limited."""
    rng = np.random.default_rng(2)

    def draw(low, high):
        return int(rng.integers(low, high + 1))

    found = [layer for _ in range(4000) if (layer := wide(draw, 5, 20_000))]
    assert len(found) > 800
    assert max(layer.macs for layer in found) > 15_000
    assert all(layer.macs <= 20_000 for layer in found)
    for name in ("N", "IC", "OC", "KX", "KY", "OX", "OY", "groups"):
        assert {getattr(layer, name).bit_length() for layer in found} >= {1, 2, 3, 4, 5}
    several = [sum(n > 7 for n in (layer.N, layer.IC, layer.OC, layer.OX, layer.OY)) > 2
               for layer in found]
    assert sum(several) > 20


def test_axes_as_long_as_the_registers_hold():
    """By inputs, by padding, by taps and by strides; outputs are few."""
    rng = np.random.default_rng(4)

    def draw(low, high):
        return int(rng.integers(low, high + 1))

    for bits in (5, 16):
        found = [longest(draw, bits) for _ in range(400)]
        most = 1 << bits
        for values in (
            [max(one.IX, one.IY) for one in found], [max(one.padded_extent) for one in found],
            [2 * max(one.padding) for one in found], [max(one.dilation) for one in found],
            [max(one.stride) for one in found],
        ):
            assert most * 3 // 4 <= max(values) < most
        assert all(1 <= one.P for one in found)
        assert {max(one.IX, one.IY) == one.IX for one in found} == {True, False}
    assert sum(one.P > 4_000 for one in found) < 40


def test_a_unit_has_some_of_them():
    """Every 25th case of the model and of Verilator, with a memory that is deep enough."""
    drawn = islice(drawn_cases(Unit("model", 3, 1)), 24, 100, 25)
    found = [one.trial for one in drawn if one.trial]
    assert len(found) >= 2
    for trial in found:
        assert max(trial.layers[0].own_layer.padded_extent) >= 3 << 14
        trial.run(ModelSimulator())
    units = (Unit("verilator", 3, number) for number in range(9))
    unit = next(one for one in units if next(drawn_cases(one)).case.config.size_bits == 16)
    drawn = list(islice(drawn_cases(unit), 75))
    assert len({one.case.config.core for one in drawn}) == 1
    assert any(
        max(layer.own_layer.padded_extent) >= 3 << 14
        for one in drawn if one.trial for layer in one.trial.layers
    )


def test_sums_in_parts():
    """Up to 64 pixels, and more input channels than small memories hold."""
    rng = np.random.default_rng(3)

    def draw(low, high):
        return int(rng.integers(low, high + 1))

    layer = ConvLayer(IC=3, OC=3, IX=9, IY=9, KX=2, KY=3, stride=(2, 1))
    found = [summed(draw, layer, 5) for _ in range(300)]
    assert {one.IC for one in found} == set(range(15, 32))
    assert {(one.OX, one.OY) for one in found} >= {(1, 1), (8, 8), (1, 8), (8, 1)}
    line = ConvLayer(IC=1, OC=1, IY=9, KY=3, dims=1)
    assert all(summed(draw, line, 5).IX == 1 for _ in range(20))


def test_long_kernels():
    """Of up to a hundred taps along both axes, and a few outputs."""
    rng = np.random.default_rng(4)

    def draw(low, high):
        return int(rng.integers(low, high + 1))

    found = [windowed(draw, 5) for _ in range(300)]
    assert max(one.KX for one in found) >= 30
    assert max(one.KY for one in found) >= 30
    assert max(one.KX * one.KY for one in found) <= 100
    assert max(max(one.padded_extent) for one in found) == 31
    assert {one.OX for one in found} == {one.OY for one in found} == set(range(1, 7))


def test_a_chain_lies_anywhere():
    """Below or above what it is computed from; weights and biases have places of their own."""
    config = ArrayConfig(
        rows=2, cols=2, lanes=4, act_bits=8, weight_bits=9, acc_bits=32, act_words=32,
        weight_words=32, bias_words=16, post_lanes=1, store_results=True,
    )
    layers = [ConvLayer(IC=3, OC=6, IY=5, KY=2, dims=1), ConvLayer(IC=6, OC=3, IY=4, KY=1, dims=1)]
    links = chain(config, layers)
    assert input_words(links) == [5, 8]
    rng = np.random.default_rng(1)

    def draw(low, high):
        return int(rng.integers(low, high + 1))

    below, weights = set(), set()
    for _ in range(200):
        bases = draw_chain_bases(draw, links)
        first, second = (base.act for base in bases)
        below.add(first < second)
        weights |= {base.weight for base in bases}
        assert min(first, second) >= 0
        assert first + 5 <= 32
        assert second + 8 <= 32
        assert first + 5 <= second or second + 8 <= first
        moved = placed(links, bases)
        assert [link.bases for link in moved] == bases
        assert (moved[0].store.base, moved[1].store) == (second, None)
    assert below == {True, False}
    assert {0, 1, 2, 3} < weights
    with pytest.raises(ValueError, match="cannot take 5 words from address 4 on and store 8 words"):
        placed(links, [Bases(act=4), Bases(act=8)])
    with pytest.raises(ValueError, match="they overlap"):
        placed(links, [Bases(act=15), Bases(act=8)])
    for first in (3, 16):  # right below, right above
        assert placed(links, [Bases(act=first), Bases(act=8)])[0].bases.act == first


@pytest.mark.parametrize(
    "wish",
    [STORED, ("dataflow: rows in pairs", "outputs: wait"),
     ("layout: folded", "pieces: partial sums"), ("padding: another mode", "lanes: tflite")],
)
def test_wishes_are_granted(wish):
    """By the unit's first case, and by more; on one array for all of its cases."""
    met, arrays = Met(), set()
    for drawn in islice(drawn_cases(Unit("verilator", 9, 0, wish)), 24):
        arrays.add(drawn.case.config.core)
        if drawn.trial:
            met.add(drawn.trial)
        assert met.pairs[wish]
    assert len(arrays) == 1
    assert met.pairs[wish] >= 2


def test_words_lie_anywhere_and_outputs_wait():
    found = [*singles(Unit("amaranth", 5, 1)), *singles(Unit("amaranth", 5, 3))]
    assert len({trial.case.bases for trial in found}) > 3
    assert len({trial.case.environment.percent for trial in found}) >= 3
    assert any(trial.case.environment.scrambled for trial in found)
    assert all(trial.case.environment is None for trial in trials(Unit("amaranth", 5, 0)))


def test_a_chain_is_saved_and_run_again(tmp_path, chains, capsys):
    path = tmp_path / "chain.npz"
    assert len(chains) >= 3
    for trial in chains[:3]:
        path.write_bytes(trial.case.content())
        again = load_case(path)
        assert again.environment == trial.case.environment
        assert again.content() == trial.case.content()
        for simulator in (ModelSimulator(), AmaranthSimulator()):
            around = None if simulator.name == "model" else again.environment
            result = again.prepare().run(simulator, environment=around)
            assert result.difference is None
            assert len(result.outputs) == len(again.layers) >= 2
    assert main(["run", "--replay", str(path), "--sim", "amaranth"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("layer ")
    assert output.count("  yes  ") == len(again.layers)
    for command, words in (
        ("run", ["--waves", "x.vcd"]), ("run", ["--plan"]), ("watch", ["--out", "x.html"]),
    ):
        assert main([command, "--replay", str(path), *words]) == 2
        assert re.search("chain of|several layers", capsys.readouterr().err)


def test_a_chain_that_is_wrong(chains, monkeypatch):
    """In an output; and in a word of the memory that no layer reads."""
    chain = chains[0].prepared
    right = AmaranthSimulator().run(chain.program, environment=chains[0].case.environment)

    class Wrong(AmaranthSimulator):
        def run(self, program, **watch):
            return right

    around = chains[0].case.environment
    assert chain.run(Wrong(), environment=around).difference is None
    right.rows[1][0, 0] += 1
    assert chain.run(Wrong(), environment=around).difference.startswith("layer 2, output [0, ")
    right.rows[1][0, 0] -= 1
    right.stored[-1, -1] += 1
    word, lane = (extent - 1 for extent in right.stored.shape)
    with pytest.raises(Exception, match=f"memory has -?\\d+ in lane {lane} of word {word}, not "):
        chain.run(Wrong(), environment=around)


def test_a_case_in_an_environment_is_saved_and_run_again(tmp_path, capsys):
    """On both simulators of the RTL; and by the command, in the same cycles."""
    path = tmp_path / "case.npz"
    trial = next(
        trial for number in (1, 3, 5) for trial in singles(Unit("amaranth", 5, number))
        if trial.case.environment.percent < 50 and trial.case.bases.act
        and not isinstance(trial.prepared, PreparedChain)
    )
    path.write_bytes(trial.case.content())
    again = load_case(path)
    assert (again.environment, again.bases) == (trial.case.environment, trial.case.bases)
    runs = [
        again.prepare().run(simulator, environment=again.environment)
        for simulator in (AmaranthSimulator(), VerilatorSimulator())
    ]
    assert runs[0].cycles == runs[1].cycles
    assert runs[0].equal
    assert runs[1].equal
    assert main(["run", "--replay", str(path), "--sim", "amaranth"]) == 0
    output = capsys.readouterr().out
    assert f" {runs[0].cycles:,} " in output
    assert f"outputs ready in {again.environment.percent} % of the cycles" in output
    assert main(["explain", "--replay", str(path), "--cycle", "20"]) == 0
    assert "outputs are always ready here" in capsys.readouterr().err


def test_layers_of_too_many_pieces_count_as_refused(monkeypatch):
    """A case of ``convolith fuzz --seed 7`` would have had 3,172,554 pieces."""
    before = list(drawn_cases(Unit("small", 1, 0)))
    monkeypatch.setattr(planner, "MOST_PIECES", 1)
    found = list(drawn_cases(Unit("small", 1, 0)))
    assert [drawn.error for drawn in found if drawn.error] == []
    refused = [sum(drawn.line == REFUSED for drawn in drawns) for drawns in (before, found)]
    assert refused[1] > refused[0] + 10


def test_what_met():
    """The summary, from units; what never met is drawn next."""
    campaign = Campaign(seed=4, wanted={"amaranth": 1000}, seconds=60)
    assert campaign.unmet("amaranth") == list(PAIRS)
    unit = Unit("amaranth", 5, 1)
    met, found = Met(), trials(unit)
    for trial in found:
        met.add(trial)
    campaign._add(Found("amaranth", 1, Counter(equal=len(found)), met=met))
    strides = [max(layer.own_layer.stride) for trial in found for layer in trial.layers]
    assert met.ranges["stride"] == (1, max(strides))
    (line,) = [line for line in ranges_table(campaign).splitlines() if line.startswith("stride")]
    assert line.split() == ["stride", "1", "..", str(max(strides))]
    missing = campaign.unmet("amaranth")
    assert 0 < len(missing) < len(PAIRS)
    assert f"never met on amaranth: {' + '.join(missing[0])}" in pairs_table(campaign)
    wishes = [campaign._wish("amaranth", number) for number in range(40)]
    assert wishes[:4] == [None] * 4
    assert set(filter(None, wishes)) == set(missing[1 : 1 + len(set(filter(None, wishes)))])
    assert wishes.count(None) == 22


def test_every_other_unit_watches_the_ports(monkeypatch):
    """A core that is said to take other cycles when its outputs wait is found there alone."""
    monkeypatch.setattr("convolith.model.dataflow.pipeline.RETURN_LATENCY", 4)
    failures = []
    for number in range(1, 12, 2):
        failures += run_unit(Unit("amaranth", 6, number)).failures
        if failures:
            break
    assert isinstance(failures[0], Failure)
    assert "as the model says" in failures[0].why
    assert isinstance(failures[0].case, ChainCase) or failures[0].case.environment


def test_a_trial_tells_its_load():
    trial = trials(Unit("model", 3, 1))[0]
    assert isinstance(trial, Trial)
    trial.run(ModelSimulator())
    assert trial.load_cycles > 0
