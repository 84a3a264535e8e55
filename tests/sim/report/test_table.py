"""Tables: aligned, numbers to the right."""

from convolith.sim.report.table import format_table


def test_by_hand():
    rows = [("a", "1x2", "1,000", "5.0%"), ("longer", "10x20", "7", "50.0%")]
    assert format_table(rows, ("name", "shape", "cycles", "share")) == (
        "name    shape  cycles  share\n"
        "----------------------------\n"
        "a       1x2     1,000   5.0%\n"
        "longer  10x20       7  50.0%"
    )
