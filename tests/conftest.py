"""Settings of all tests: Hypothesis draws the same examples everywhere; nothing may be skipped."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite("browser", "page_checks")

# Built simulators stay between runs of the tests, apart from the user's own.
os.environ.setdefault("CONVOLITH_CACHE", str(Path(__file__).parents[1] / "build" / "cache"))

# The workers of a parallel run have a core each: PyTorch's threads would wait for one another,
# for 25 ms in a convolution of 0.1 ms.
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("repeatable")


@pytest.fixture
def net(tmp_path, monkeypatch):
    """A small network's net.csv in the working directory."""
    from networks import small_network  # after the cache is named

    small_network(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def files(tmp_path, monkeypatch):
    """The arrays of ``convolith run``'s tests in the working directory."""
    from cli_run import save_arrays  # after the cache is named

    save_arrays(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


OPTIONAL = ("full", "exhaustive")
"""Markers of tests that run only if they are asked for."""


def pytest_addoption(parser):
    parser.addoption("--no-skips", action="store_true", help="fail if any test is skipped")
    parser.addoption("--exported", type=int, default=5, metavar="N",
                     help="random layers, and changes of one bit, for exported test benches")
    parser.addoption("--full", action="store_true", help="tests that take minutes each, too")
    parser.addoption("--exhaustive", action="store_true", help="tests that take half an hour, too")


def pytest_generate_tests(metafunc):
    if "exported_number" in metafunc.fixturenames:
        metafunc.parametrize("exported_number", range(metafunc.config.getoption("--exported")))


def pytest_configure(config):
    for name in OPTIONAL:
        config.addinivalue_line("markers", f"{name}: takes long; runs with --{name} only")
    config.addinivalue_line("markers", "without_vnni: of PyTorch's kernels for such processors")


def pytest_collection_modifyitems(config, items):
    left_out = []
    for name in OPTIONAL:
        if not config.getoption(f"--{name}"):
            left_out += [item for item in items if item.get_closest_marker(name)]
    of_kernels = [item for item in items if item.get_closest_marker("without_vnni")]
    if of_kernels:
        from convolith.sim.layers.quantized.engine import has_vnni

        left_out += of_kernels if has_vnni() else []
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_sessionfinish(session, exitstatus):
    if exitstatus or not session.config.getoption("--no-skips"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped"):
        session.exitstatus = 1
