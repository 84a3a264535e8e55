"""Constant bits of ports, from RTLIL by hand; faults that change nothing."""

import pytest

from convolith.sim.mutation.constants import changes_nothing, read_cells

MODULE = r"""
module \top
  wire width 3 input 1 \a
  wire \b
  wire width 2 $auto$1
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


def test_bits():
    cells = read_cells(MODULE)
    assert cells.kinds == {CELL: "$mux", r"\or": "$reduce_or"}
    assert cells.bits == {
        (CELL, "A"): "----01", (CELL, "B"): "100000", (CELL, "S"): "-", (CELL, "Y"): "------",
        (r"\or", "A"): "101" + 29 * "0" + "---", (r"\or", "Y"): "-",
    }


@pytest.mark.parametrize(
    ("cell", "port", "bit", "mode", "control", "nothing"),
    [
        (CELL, "B", "0", "const1", "", True), (CELL, "B", "0", "const0", "", False),
        (CELL, "B", "3", "const0", "", True), (CELL, "A", "0", "const0", "", False),
        (CELL, "B", "3", "inv", "", False), (CELL, "A", "0", "cnot0", "5", True),
        (CELL, "A", "0", "cnot1", "5", False), (CELL, "A", "0", "cnot1", "4", True),
        (CELL, "A", "4", "cnot1", "0", False),
        (r"\or", "A", "34", "cnot1", "33", True), (r"\or", "A", "34", "cnot0", "33", False),
    ],
)
def test_a_fault_that_is_none(cell, port, bit, mode, control, nothing):
    options = {"cell": cell, "port": port, "portbit": bit, "mode": mode, "ctrlbit": control}
    assert changes_nothing(options, read_cells(MODULE)) == nothing
