"""Cases behind each other, as a campaign draws them."""

from itertools import islice, pairwise

import numpy as np
import pytest

from convolith.sim.commands.cli import main
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.fuzz.campaign import Campaign
from convolith.sim.fuzz.features import ANOTHER, PAIRS
from convolith.sim.fuzz.kinds import KINDS
from convolith.sim.fuzz.large import delayed
from convolith.sim.fuzz.numbers import drawing
from convolith.sim.fuzz.traits import traits
from convolith.sim.fuzz.trials import Unit, draw_case, drawn_cases
from convolith.sim.fuzz.unit import EQUAL, run_unit
from convolith.sim.layers.replay import load_case
from convolith.sim.layers.sequence_case import SequenceCase
from convolith.sim.mutation.configurations import CONFIGURATIONS
from convolith.sim.mutation.stage import LIMITS


def sequences(name, count, *, surrounded=False):
    """On a small core."""
    draw = drawing(np.random.default_rng(1))
    found = (
        draw_case(draw, CONFIGURATIONS[name], LIMITS, surrounded=surrounded, form="sequence").trial
        for _ in range(2 * count)
    )
    return list(islice((one for one in found if one and len(one.parts) > 1), count))


def test_every_sixth_is_a_sequence():
    """Of two to four cases. On the model there are none."""
    drawn = islice(drawn_cases(Unit("small-verilator", 3, 0)), 200)
    counts = [one.count for one in drawn]
    assert set(counts) == {1, 2, 3, 4}
    assert 20 < sum(count > 1 for count in counts) < 50
    models = islice(drawn_cases(Unit("model", 3, 0)), 30)
    assert {drawn.count for drawn in models} == {1}


def test_a_unit_has_as_many_cases_as_without():
    """Or some more, if the last ones are a sequence."""
    for number in range(4):
        drawn = list(drawn_cases(Unit("amaranth", 3, number)))
        assert 10 <= sum(one.count for one in drawn) <= 13
        assert len(drawn) <= 10


def test_layers_that_differ():
    """In their dataflow; and in the cycles by which weights wait, from none to the most."""
    found = sequences("sums", 80)
    assert {len(trial.parts) for trial in found} == {2, 3, 4}
    assert sum(
        any(ANOTHER in pair for pair in trial.features.pairs) for trial in found
    ) > len(found) / 4
    grown = [
        (before, after) for trial in found
        for before, after in pairwise(
            step.registers["line_delay"] for step in trial.prepared.program
        ) if before < after
    ]
    assert (0, 15) in grown
    assert len(grown) >= 5


def test_long_kernels_along_y():
    draw = drawing(np.random.default_rng(4))
    found = [delayed(draw, 5) for _ in range(300)]
    assert {layer.KY for layer in found} == set(range(2, 17))
    assert sum(layer.KY == 16 for layer in found) > 90
    assert all(layer.groups == layer.IC == layer.OC > 1 for layer in found)
    assert max(max(layer.padded_extent) for layer in found) < 1 << 5
    assert max(delayed(draw, 4).IY for _ in range(300)) < 1 << 4


def test_what_a_sequence_counts_for():
    """Each of its cases counts, with its own properties."""
    (trial,) = sequences("stored", 1)
    found = list(traits(trial))
    assert found.count("behind each other") == len(trial.parts)
    for trait in ("split", "quantized", "results stored", "plain"):
        assert found.count(trait) == sum(trait in traits(part) for part in trial.parts)
    numbers = [number for part in trial.parts for number in part.numbers()]
    assert sorted(trial.numbers()) == sorted(numbers)


def test_a_unit_counts_them():
    found = run_unit(Unit("amaranth", 2, 1))
    assert not found.failures
    assert found.counts["behind each other"] >= 2
    assert KINDS["amaranth"].cases - 3 <= found.counts[EQUAL] <= KINDS["amaranth"].cases + 3


@pytest.mark.parametrize("name", ["stored", "packed"])
def test_saved_and_run_again(tmp_path, capsys, name):
    """In its environment, on a simulator and by the command."""
    path = tmp_path / "case.npz"
    for trial in sequences(name, 3, surrounded=True):
        trial.run(AmaranthSimulator())
        path.write_bytes(trial.case.content())
        again = load_case(path)
        assert isinstance(again, SequenceCase)
        assert again.content() == trial.case.content()
        assert again.environment == trial.case.environment
    assert main(["run", "--sim", "amaranth", "--replay", str(path)]) == 0
    assert capsys.readouterr().out.count("  yes  ") == len(trial.layers)


def test_a_failing_one_is_kept(monkeypatch):
    """By a simulator that runs nothing whose words lie in several places."""
    right = AmaranthSimulator.run

    def late(self, program, **watch):
        if len({step.bases for step in program}) > 1:
            raise SimulationError("late")
        return right(self, program, **watch)

    monkeypatch.setattr(AmaranthSimulator, "run", late)
    failures = []
    for number in range(9):
        failures += run_unit(Unit("amaranth", 2, number)).failures
        if any(isinstance(one.case, SequenceCase) for one in failures):
            break
    assert any(isinstance(one.case, SequenceCase) for one in failures)
    assert all(one.why.endswith("late") for one in failures)


def test_only_rtl_is_asked_for_them():
    """On the model no case has another behind it, or outputs that wait."""
    campaign = Campaign(seed=1, wanted={"small": 1, "small-verilator": 1}, seconds=1)
    asked = [pair for pair in PAIRS if ANOTHER in pair]
    assert asked
    assert not set(asked) & set(campaign.unmet("small"))
    assert set(asked) <= set(campaign.unmet("small-verilator"))
    wish = ("dataflow: shared words", ANOTHER)
    assert wish in asked
    drawn = list(islice(drawn_cases(Unit("amaranth", 4, 0, wish)), 3))
    assert drawn[0].grants(wish)
    assert sum(isinstance(one.case, SequenceCase) for one in drawn) >= 2
