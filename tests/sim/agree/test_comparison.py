"""What differs between a run and the model, and where."""

from dataclasses import replace

import pytest
from small_rounds import small_round

from convolith.sim.agree.comparison import first_difference
from convolith.sim.agree.round import Place
from convolith.sim.engines.amaranth import AmaranthSimulator


@pytest.fixture(scope="module")
def stored():
    """Layers whose outputs wait, of which some store results; and Amaranth's run of them."""
    round_ = small_round("stored", waits=True)
    run = AmaranthSimulator().run(round_.program, environment=round_.environment)
    return round_, run


def changed(arrays, step, row, *column, add=1):
    """The same arrays but for one number."""
    found = [array.copy() for array in arrays]
    found[step][(row, *column)] += add
    return found


def test_nothing_differs(stored):
    round_, run = stored
    assert first_difference(run, round_) is None
    assert round_.torch_difference() == ""
    assert any(step.store for step in round_.program)
    assert round_.places[-1].layer == 0


def test_each_difference_has_its_place(stored):
    round_, run = stored
    step = next(i for i, one in enumerate(round_.program) if i and one.stream == "o")
    place, events = round_.places[step], round_.expected.events[step]
    number, cycle = int(run.rows[step][2, 1]), events.row_cycles[2]
    begin = sum(before.end for before in round_.expected.events[:step])
    assert run.row_cycles[step][2] == begin + cycle

    def found(**changes):
        return first_difference(replace(run, **changes), round_)

    other = found(rows=changed(run.rows, step, 2, 1))
    assert (other.place, other.row, other.cycle) == (place, 2, cycle)
    assert (other.found, other.expected) == (number + 1, number)
    assert str(other) == (
        f"{place}: row 2, which left in cycle {cycle}, has {number + 1} in column 1, not {number}"
    )
    late = found(row_cycles=changed(run.row_cycles, step, 2))
    assert str(late) == f"{place}: row 2 left in cycle {cycle + 1}, not {cycle}"
    rows = [*run.rows]
    rows[step] = rows[step][:-1]
    fewer = len(rows[step])
    assert str(found(rows=rows)) == f"{place}: {fewer} rows left, not {fewer + 1}"
    ends = list(run.step_cycles)
    ends[step] += 3
    assert str(found(step_cycles=ends)) == (
        f"{place}: {events.end + 3} cycles to its end, not {events.end}"
    )
    activities = list(run.activities)
    activities[step] = replace(activities[step], ready=7)
    assert str(found(activities=activities)) == (
        f"{place}: 7 cycles until layers were taken again, not {events.ready}"
    )
    reads = run.activities[step].reads
    activities[step] = replace(run.activities[step], reads=reads | {"weight": 1})
    assert str(found(activities=activities)) == (
        f"{place}: 1 reads of the memory weight, not {reads['weight']}"
    )
    memory = run.stored.copy()
    memory[5, 3] = 99
    assert str(found(stored=memory)) == (
        f"the activation memory has 99 in lane 3 of word 5, not {run.stored[5, 3]}"
    )


def test_places():
    assert str(Place(3, 1)) == "layer 3"
    assert str(Place(3, 2)) == "layer 3, piece 2"
    assert str(Place(0, 2)) == "reading the activation memory back, part 2"
