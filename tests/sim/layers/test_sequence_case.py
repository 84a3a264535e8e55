"""Cases behind each other: as files, on simulators, and what is told of a wrong one."""

import json
from dataclasses import replace

import numpy as np
import pytest
from messages import exactly

from convolith.model.options.config import ArrayConfig
from convolith.sim.commands.cli import main
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.contract.environment import Environment
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.model import ModelSimulator
from convolith.sim.fuzz.quantized import quantized_case
from convolith.sim.layers.case import Case
from convolith.sim.layers.case_file import read_content
from convolith.sim.layers.chain_case import ChainCase, ChainLayer
from convolith.sim.layers.replay import load_case
from convolith.sim.layers.sequence_case import SequenceCase

CONFIG = ArrayConfig(
    rows=2, cols=2, lanes=4, act_bits=8, weight_bits=9, acc_bits=32, act_words=64, weight_words=64,
    bias_words=32, post_lanes=1, store_results=True,
)
WAITS = Environment(percent=60, scrambled=True, seed=3)


def plain(channels, kernel, config=CONFIG):
    rng = np.random.default_rng(channels)
    return Case(
        config=config, x=rng.integers(-9, 9, (2, channels, 5)),
        w=rng.integers(-9, 9, (3, channels, kernel)),
    )


def chained():
    """Two layers, of which the second takes what the first has stored."""
    one = quantized_case(CONFIG, (1, 3, 5), (4, 3, 2), {}, biased=True, seed=1)
    other = quantized_case(
        CONFIG, (1, 4, 4), (2, 4, 1), {}, biased=False, seed=2, before=one.quantized["output"]
    )
    layers = [ChainLayer(w=case.w, bias=case.bias, quantized=case.quantized)
              for case in (one, other)]
    return ChainCase(config=CONFIG, x=one.x, layers=layers)


@pytest.fixture(scope="module")
def sequence():
    return SequenceCase(cases=[plain(3, 2), chained(), plain(2, 3)], environment=WAITS)


@pytest.fixture(scope="module")
def path(sequence, tmp_path_factory):
    path = tmp_path_factory.mktemp("sequence") / "case.npz"
    path.write_bytes(sequence.content())
    return path


def test_the_same_again(path, sequence):
    again = load_case(path)
    assert again.content() == sequence.content()
    assert again.environment == WAITS
    assert [type(case) for case in again.cases] == [Case, ChainCase, Case]
    result = again.prepare().run(AmaranthSimulator(), environment=again.environment)
    assert result.difference is None
    expected = [plain(3, 2), plain(2, 3)]
    for number, case in zip((0, 3), expected, strict=True):
        assert np.array_equal(result.outputs[number], case.prepare().reference.output())
    assert len(result.outputs) == 4


def test_one_reset_and_one_run(sequence):
    """The program is that of all cases; it takes as long as these do alone."""
    prepared = sequence.prepare()
    singles = [case.prepare() for case in sequence.cases]
    assert len(prepared.program) == sum(len(one.program) for one in singles)
    run = prepared.run(AmaranthSimulator()).run
    assert run.cycles == sum(one.run(AmaranthSimulator()).run.cycles for one in singles)
    assert run.loading == prepared.load_cycles == sum(one.load_cycles for one in singles)


class Changed(AmaranthSimulator):
    """Gives what ``change`` makes of a run."""

    def __init__(self, change):
        self.change = change

    def run(self, program, **watch):
        return self.change(super().run(program, **watch))


@pytest.mark.parametrize("layer", [1, 2, 3, 4])
def test_a_wrong_output_is_told_with_its_layer(sequence, layer):
    prepared = sequence.prepare()
    first = sum(len(one.schedule.pieces) for one in prepared.layers[: layer - 1])

    def change(run):
        run.rows[first][0, 0] ^= 1
        return run

    result = prepared.run(Changed(change), environment=WAITS)
    assert result.difference.startswith(f"layer {layer}, output [")


def test_a_word_that_nobody_reads(sequence):
    """The whole activation memory is compared: also behind the last layer, which stores nothing."""
    def change(run):
        run.stored[-1, 1] ^= 1
        return run

    with pytest.raises(SimulationError, match=r"has -?\d+ in lane 1 of word 63, not "):
        sequence.prepare().run(Changed(change), environment=WAITS)


@pytest.mark.parametrize("what", ["cycles", "ready", "reads"])
def test_what_the_ports_do_is_compared_in_each_step(sequence, what):
    def change(run):
        *others, last = run.activities
        if what == "cycles":
            *cycles, end = run.step_cycles
            return replace(run, step_cycles=(*cycles, end + 1))
        if what == "ready":
            last = replace(last, ready=last.ready + 1)
        else:
            last = replace(last, reads=last.reads | {"act": last.reads["act"] + 1})
        return replace(run, activities=(*others, last))

    steps = len(sequence.prepare().program)
    with pytest.raises(SimulationError, match=f"^step {steps} of {steps}: .* as the model says$"):
        sequence.prepare().run(Changed(change), environment=WAITS)


def test_sums_that_a_layer_leaves_behind(sequence):
    """A core that adds the last layer's first sum to the next layer's."""
    class Leaky(ModelSimulator):
        def run(self, program, **watch):
            run = super().run(program, **watch)
            for before, rows in zip(run.rows, run.rows[1:], strict=False):
                rows[0] += before[-1, 0] or 1
            return run

    singles = [case.prepare().run(Leaky()) for case in (sequence.cases[0], sequence.cases[2])]
    assert all(one.equal for one in singles)
    assert sequence.prepare().run(Leaky()).difference.startswith("layer 2, ")


def test_the_commands_take_it(path, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["run", "--sim", "amaranth", "--replay", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["1", "2", "3", "4"]
    assert all("  yes  " in line for line in lines[2:])
    assert main(["agree", "--engines", "model,amaranth", "--replay", str(path)]) == 0
    assert "all the same: 4 layers" in capsys.readouterr().out
    assert main(["run", "--replay", str(path), "--plan"]) == 2
    assert capsys.readouterr().err == (
        f"convolith run: error: --plan cannot be given with several layers, as {path} has\n"
    )
    assert main(["explain", "--replay", str(path), "--cycle", "3"]) == 2
    assert "not a sequence of 3 cases as" in capsys.readouterr().err


def test_refused(path):
    one = plain(3, 2)
    with pytest.raises(ValueError, match=exactly("a sequence must have two cases at least, not 1")):
        SequenceCase(cases=[one])
    other = plain(3, 2, replace(CONFIG, rows=3))
    with pytest.raises(ValueError, match="all cases of a sequence must be of one array, not of "):
        SequenceCase(cases=[one, other])
    empty = SequenceCase(cases=[one, replace(one, x=one.x[:0])])
    with pytest.raises(ValueError, match=exactly(
        "each case of a sequence must have outputs, which case 2 has not"
    )):
        empty.prepare()


@pytest.mark.parametrize("damage", [
    {"cases": []}, {"cases": 3}, {"cases": [1, 2, 3]}, {"cases": None}, {"config": 1},
])
def test_damaged(path, tmp_path, damage):
    text, arrays = read_content(path)
    wrong = tmp_path / "wrong.npz"
    np.savez(wrong, case=np.array(json.dumps(text | damage)), **arrays)
    with pytest.raises(ValueError, match="the case must be a file that a campaign has saved"):
        load_case(wrong)


