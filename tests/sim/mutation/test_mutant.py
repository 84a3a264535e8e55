"""Mutants as Yosys lists them, their designs, and what is said of them."""

from dataclasses import replace

import pytest

from convolith.sim.mutation.campaign import Journal, Verdict
from convolith.sim.mutation.choice import chosen, sampled
from convolith.sim.mutation.configurations import CONFIGURATIONS
from convolith.sim.mutation.design import mutated_design, selector_bits
from convolith.sim.mutation.mutant import read_mutants
from convolith.sim.mutation.names import Named
from convolith.sim.mutation.report import (
    Outcome,
    configuration_table,
    outcome_json,
    outcome_table,
    survivors_text,
)
from convolith.sim.mutation.reviewed import HOW, KINDS, Review, reviewed
from convolith.sim.mutation.source import source_of
from convolith.sim.mutation.stage import STAGES

COUNT = 40


@pytest.fixture(scope="module")
def design():
    return mutated_design("tflite", CONFIGURATIONS["tflite"], COUNT, 3)


def test_a_design(design):
    assert [mutant.number for mutant in design.mutants] == list(range(1, COUNT + 1))
    assert f"input [{selector_bits(COUNT) - 1}:0] mutsel;" in design.verilog
    for mutant in design.mutants:
        assert mutant.mode in ("inv", "const0", "const1", "cnot0", "cnot1")
        assert mutant.block.startswith("hw.")
        assert "CLK" not in mutant.port
        assert f"mutsel == {design.bits}'h{mutant.number:02x}" in design.verilog
    assert len({mutant.block for mutant in design.mutants}) > 8
    assert len({mutant.key for mutant in design.mutants}) == COUNT
    assert design.possible > 10_000
    other = mutated_design("tflite", CONFIGURATIONS["tflite"], COUNT, 4)
    assert {mutant.key for mutant in other.mutants} != {mutant.key for mutant in design.mutants}


def test_selector_bits():
    assert [selector_bits(count) for count in (1, 2, 3, 4, 255, 256)] == [1, 2, 2, 3, 8, 9]


def test_together_they_have_every_option():
    arrays = CONFIGURATIONS.values()
    assert {array.post_mode for array in arrays if array.post_lanes} == {
        "int32", "float32", "tflite"
    }
    for option in ("pack_edges", "store_results", "shares_words", "adds"):
        assert {bool(getattr(array, option)) for array in arrays} == {True, False}
    for words in ("bias_words", "sum_words"):
        assert {bool(getattr(array, words)) for array in arrays} == {True, False}
    assert any(array.can_pair for array in arrays)
    assert any(array.dot > 1 for array in arrays)


FIRST = '"""Room at the output, counted so that no tile has to stop half-way."""'


def mutant_of(cell="a $mux", bit=5, line=1):
    command = (
        f"mutate -ctrl mutsel 6 7 -mode cnot1 -module convolith -cell x$9 -port D "
        f"-portbit {bit} -ctrlbit 3 -wire results.credits.spare -wirebit 2 -src /elsewhere.py:9"
    )
    named = Named(cell, source_of(f"/elsewhere/memory.py:9|hw/sequencer/credits.py:{line}.5-7"))
    (mutant,) = read_mutants("plain", [command], {"x$9": named})
    return mutant


def test_reading_a_list():
    mutant = mutant_of()
    assert (mutant.number, mutant.mode, mutant.port, mutant.bit) == (1, "cnot1", "D", "5")
    assert mutant.cell == "a $mux"
    assert mutant.signal == "results.credits.spare[2]"
    assert str(mutant.source) == "hw/sequencer/credits.py:1"
    assert mutant.key == ("plain", "hw.sequencer.credits", FIRST, "a $mux D[5]", "cnot1 3")
    assert str(mutant) == (
        "plain 1: cnot1 at results.credits.spare[2], hw/sequencer/credits.py:1"
    )


def test_what_is_chosen():
    """One of each cell's ports before a second one of any, the same ones in any order."""
    mutants = [mutant_of(cell, bit) for cell in ("a[1:0]", "a[3]", "b") for bit in range(9)]
    some = chosen(mutants, 4, 1)
    assert sorted(mutant.group for mutant in some[:2]) == sorted({m.group for m in mutants})
    assert len({mutant.key for mutant in some}) == 4
    assert chosen(mutants[::-1], 4, 1) == some
    assert chosen(mutants, 2, 1) == some[:2]
    assert chosen(mutants, 4, 2) != some
    assert len(chosen(mutants, 100, 1)) == len(mutants)
    assert sampled(mutants, 5) == sampled(mutants[::-1], 6)[:5]


def verdict(number, stage="", cause=""):
    return Verdict(configuration="tflite", number=number, stage=stage, cause=cause)


def test_an_outcome(design):
    """Three mutants: found by the campaigns' layers, found later, and a survivor."""
    verdicts = [verdict(1, "fuzz", "values"), verdict(2, "corners", "hang"), verdict(3)]
    outcome = Outcome(design.mutants, verdicts, {})
    assert len(outcome.judged) == 3
    assert outcome.share("fuzz") == pytest.approx(100 / 3)
    assert outcome.share() == pytest.approx(200 / 3)
    assert outcome.survivors == outcome.new == [design.mutants[2]]
    last = outcome_table(outcome).splitlines()[-1].split()
    found = ["1" if stage in ("fuzz", "corners") else "0" for stage in STAGES]
    assert last == ["all", "3", *found, "1"]
    lines = [line.split() for line in configuration_table(outcome).splitlines()[2:]]
    assert lines == [["tflite", "3", "33.3%", "66.7%"], ["all", "3", "33.3%", "66.7%"]]
    assert "\n    NEW\n" in survivors_text(outcome)
    assert survivors_text(outcome).splitlines()[-1].split() == ["NEW", "1"]
    assert outcome.missed == [
        "the stage fuzz finds 33.3 % of the mutants, and should find 92 %",
        "all stages find 66.7 % of the mutants, and should find 97 %",
    ]
    report = outcome_json(outcome)
    assert report["causes"] == {"values": 1, "hang": 1}
    assert [one["reviewed"] for one in report["survivors"]] == [False]
    known = Outcome(
        design.mutants, verdicts, {design.mutants[2].key: Review("dead bit", "no one uses it")}
    )
    assert known.new == []
    assert "\n    dead bit: no one uses it\n" in survivors_text(known)
    assert survivors_text(known).splitlines()[-1].split() == ["dead", "bit", "1"]
    assert outcome_json(known)["known_by"] == {"dead bit": 1}
    assert outcome_json(known)["kinds"] == {}
    own = Outcome(design.mutants, verdicts, {
        design.mutants[2].key: Review("reviewed", "it is set by the start", "reset")
    })
    assert survivors_text(own).splitlines()[-1].startswith(f"reviewed  {KINDS['reset']}  ")
    assert outcome_json(own)["known_by"] == {"reviewed": 1}
    assert outcome_json(own)["kinds"] == {"reset": 1}
    assert Outcome(design.mutants, verdicts[:1] * 3, {}).missed == []


def test_a_journal(design, tmp_path):
    """It has the verdicts of this design; those of others, and damaged lines, are passed over."""
    journal = Journal(tmp_path / "v.jsonl", [design])
    assert journal.read() == []
    journal.add([verdict(1, "fuzz", "values"), verdict(2)])
    journal.add([verdict(3)])
    damaged = ['{"key": "x"', "123", "null", "[]", '{"number": 7}', '{"configuration": []}']
    with journal.path.open("ab") as file:
        file.write(b"\xff\xfe\n" + "\n".join(damaged).encode())
    assert sorted(one.number for one in journal.read()) == [1, 2, 3]
    journal.add([verdict(4)])
    assert sorted(one.number for one in journal.read()) == [1, 2, 3, 4]
    other = replace(design, verilog=design.verilog + "// other")
    assert Journal(journal.path, [other]).read() == []
    with pytest.raises(IsADirectoryError):
        Journal(tmp_path, [design]).read()


def test_reviews():
    for key, review in reviewed().items():
        assert key[0] in CONFIGURATIONS
        assert review.how in HOW
        assert review.kind in (KINDS if review.how == "reviewed" else [""])
        assert review.reason
