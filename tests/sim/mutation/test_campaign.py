"""Which stages a mutant meets, and what is kept of an iterator."""

from convolith.sim.mutation.campaign import calls
from convolith.sim.mutation.configurations import CONFIGURATIONS
from convolith.sim.mutation.design import mutated_design
from convolith.sim.mutation.remembered import Remembered
from convolith.sim.mutation.stages import STAGES


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
