"""Constant bits of ports, from RTLIL by hand; faults that change nothing."""

import pytest

from convolith.sim.mutation.constants import changes_nothing, port_bits

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
end
"""
CELL = r"$flatten\x.$5[2]"


def test_bits():
    assert port_bits(MODULE) == {
        (CELL, "A"): "----01", (CELL, "B"): "100000", (CELL, "S"): "-", (CELL, "Y"): "------",
    }


@pytest.mark.parametrize(
    ("port", "bit", "mode", "control", "nothing"),
    [
        ("B", "0", "const1", "", True), ("B", "0", "const0", "", False),
        ("B", "3", "const0", "", True), ("A", "0", "const0", "", False),
        ("B", "3", "inv", "", False), ("A", "0", "cnot0", "5", True),
        ("A", "0", "cnot1", "5", False), ("A", "0", "cnot1", "4", True),
        ("A", "4", "cnot1", "0", False),
    ],
)
def test_a_fault_that_is_none(port, bit, mode, control, nothing):
    options = {"cell": CELL, "port": port, "portbit": bit, "mode": mode, "ctrlbit": control}
    assert changes_nothing(options, port_bits(MODULE)) == nothing
