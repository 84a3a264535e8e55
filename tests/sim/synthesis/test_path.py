"""Critical paths in the names of the Python source."""

import pytest

from convolith.sim.synthesis.path import Step, by_module, critical_path, python_name


def part(kind, delay, cell):
    end = {"cell": cell, "port": "A"}
    return {"type": kind, "delay": delay, "from": end, "to": end}


def test_the_critical_path():
    long = [
        part("clk-to-q", 0.5, "core.nest.slot_TRELLIS_FF_Q_1"),
        part("routing", 1.5, "core.nest.slot_LUT4_A_Z_CCU2C_S0"),
        part("logic", 0.2, "core.array.pe_0_1.sum_CCU2C_S0_1$CCU2_COMB1"),
        part("logic", 0.1, "core.array.pe_0_1.sum_CCU2C_S0_2$CCU2_COMB0"),
        part("setup", 0.0, "core.array.pe_0_1.sum_TRELLIS_FF_Q"),
    ]
    paths = [
        {"from": "<async>", "to": "posedge clk", "path": [part("routing", 9.0, "i")]},
        {"from": "posedge clk", "to": "posedge clk", "path": long[:2]},
        {"from": "posedge clk", "to": "posedge clk", "path": long},
    ]
    steps = critical_path({"critical_paths": paths})
    assert steps == [
        Step("core.nest.slot", "clk-to-q", 0.5),
        Step("core.nest.slot", "routing", 1.5),
        Step("core.array.pe_0_1.sum", "logic", pytest.approx(0.3)),
    ]
    assert by_module(steps) == {"core.nest": 2.0, "core.array.pe_0_1": pytest.approx(0.3)}
    assert critical_path({"critical_paths": paths[:1]}) == []


def test_names_of_the_source():
    ends = ("_SB_LUT4_O", "_SB_DFFESR_Q_3_D_SB_LUT4_O", "_LUT4_Z$PFUMX", "$nextpnr", "_cell_DFFLC",
            "_LC", ".cell_DSP", ".0.20_RAM", "_cell", ".cell_104")
    assert {python_name(f"a.b{end}") for end in ends} == {"a.b"}
    assert python_name("core.array.cell_count") == "core.array.cell_count"
