"""Hypothesis draws the same examples everywhere: a failure in CI is one at home."""

import os
from pathlib import Path

from hypothesis import HealthCheck, settings

# Built simulators stay between runs of the tests, apart from the user's own.
os.environ.setdefault("CONVOLITH_CACHE", str(Path(__file__).parents[1] / "build" / "cache"))

settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("repeatable")


def pytest_addoption(parser):
    parser.addoption("--no-skips", action="store_true", help="fail if any test is skipped")


def pytest_sessionfinish(session, exitstatus):
    if exitstatus or not session.config.getoption("--no-skips"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped"):
        session.exitstatus = 1
