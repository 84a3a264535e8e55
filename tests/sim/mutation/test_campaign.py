"""Which stages a mutant meets, and what is kept of an iterator."""

import json

from convolith.sim.mutation.campaign import Journal, Verdict, calls
from convolith.sim.mutation.configurations import CONFIGURATIONS
from convolith.sim.mutation.design import mutated_design
from convolith.sim.mutation.remembered import Remembered
from convolith.sim.mutation.stage import STAGES


def test_items_are_taken_once():
    """Each when it is needed, in the same order for all."""
    taken = []

    def numbers():
        for number in range(3):
            taken.append(number)
            yield number

    found = Remembered(numbers())
    assert next(iter(found)) == 0
    assert taken == [0]
    assert list(zip(found, found, strict=True)) == [(0, 0), (1, 1), (2, 2)]
    assert list(found) == taken == [0, 1, 2]


def test_spared_mutants_meet_the_first_stage():
    design = mutated_design("tflite", CONFIGURATIONS["tflite"], 30, 3)
    spared = {design.mutants[number].key for number in (2, 27)}
    stages = {}
    for call in calls([design], design.mutants, 1, spared):
        stages |= call.args[1]
    assert list(stages) == list(range(1, 31))
    assert {number for number, of in stages.items() if of == ("fuzz",)} == {3, 28}
    assert all(of in (("fuzz",), tuple(STAGES)) for of in stages.values())


def test_damaged_verdicts_are_passed_over(tmp_path):
    design = mutated_design("tflite", CONFIGURATIONS["tflite"], 3, 3)
    journal = Journal(tmp_path / "verdicts.jsonl", [design])
    right = [
        Verdict(configuration="tflite", number=number, stage="fuzz", cause="hang")
        for number in (1, 2)
    ]
    journal.add(right[:1])
    line = json.loads(journal.path.read_text())
    with journal.path.open("ab") as file:
        for text in (b"123", b"null", b"\xff\xfe", b'{"key": "x'):
            file.write(text + b"\n")
        for changed in ({"number": "x"}, {"stage": []}, {"stage": "odd"}, {"cause": 3},
                        {"configuration": []}, {"configuration": None}):
            file.write(json.dumps(line | {"number": 3} | changed).encode() + b"\n")
    journal.add(right[1:])
    assert journal.read() == right
