"""Cells and constant bits of ports, from RTLIL by hand; faults that change nothing."""

import pytest

from convolith.sim.mutation.cells import read_cells
from convolith.sim.mutation.constants import changes_nothing

MODULE = r"""
module \top
  wire width 3 input 1 \a
  wire \b
  wire width 2 $auto$1
  attribute \src "hw/ports.py:3|elsewhere.py:9"
  cell $mux $flatten\x.$5[2]
    parameter \WIDTH 6
    connect \A { 2'10 \a [2:1] \b \a [0] }
    connect \B 6'000001
    connect \S \b
    connect \Y { \a $auto$1 1'x }
  end
  cell $reduce_or \or
    connect \A { \a 5 }
    connect \Y \b
  end
end
"""
CELL = r"$flatten\x.$5[2]"


def test_cells():
    cells = read_cells(MODULE)
    assert {name: cell.kind for name, cell in cells.items()} == {CELL: "$mux", "or": "$reduce_or"}
    assert [cell.source for cell in cells.values()] == ["hw/ports.py:3|elsewhere.py:9", ""]
    assert cells["or"].ports == {"A": r"{ \a 5 }", "Y": r"\b"}
    assert cells[CELL].bits == {"A": "----01", "B": "100000", "S": "-", "Y": "------"}
    assert cells["or"].bits == {"A": "101" + 29 * "0" + "---", "Y": "-"}


@pytest.mark.parametrize(
    ("cell", "port", "bit", "mode", "control", "nothing"),
    [
        (CELL, "B", "0", "const1", "", True), (CELL, "B", "0", "const0", "", False),
        (CELL, "B", "3", "const0", "", True), (CELL, "A", "0", "const0", "", False),
        (CELL, "B", "3", "inv", "", False), (CELL, "A", "0", "cnot0", "5", True),
        (CELL, "A", "0", "cnot1", "5", False), (CELL, "A", "0", "cnot1", "4", True),
        (CELL, "A", "4", "cnot1", "0", False),
        ("or", "A", "34", "cnot1", "33", True), ("or", "A", "34", "cnot0", "33", False),
    ],
)
def test_a_fault_that_is_none(cell, port, bit, mode, control, nothing):
    options = {"cell": cell, "port": port, "portbit": bit, "mode": mode, "ctrlbit": control}
    assert changes_nothing(options, read_cells(MODULE)) == nothing
