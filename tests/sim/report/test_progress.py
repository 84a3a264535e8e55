"""The progress line: silent for short runs, lines in a log, one line on a terminal."""

import io

import pytest

from convolith.sim.report import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    time = [0.0]
    monkeypatch.setattr(progress, "monotonic", lambda: time[0])
    return time


def show(clock, stream, monkeypatch, times):
    monkeypatch.setattr(progress.sys, "stderr", stream)
    with progress.ProgressLine("simulating") as line:
        for second, cycles in times:
            clock[0] = second
            line(cycles, 1000)
    return stream.getvalue()


def test_short_runs_are_silent(clock, monkeypatch):
    assert show(clock, io.StringIO(), monkeypatch, [(0.5, 300), (1.9, 900)]) == ""


def test_lines_in_a_log(clock, monkeypatch):
    text = show(clock, io.StringIO(), monkeypatch, [(2.0, 100), (5, 200), (12.5, 500), (13, 600)])
    assert text == (
        "simulating: 100 of 1,000 cycles, 50 cycles/s, 18 s left\n"
        "simulating: 500 of 1,000 cycles, 40 cycles/s, 12 s left\n"
    )


def test_a_slow_start(clock, monkeypatch):
    text = show(clock, io.StringIO(), monkeypatch, [(3.0, 0), (4.0, 8)])
    assert text == "simulating: 8 of 1,000 cycles, 2 cycles/s, 496 s left\n"


def test_one_line_on_a_terminal(clock, monkeypatch):
    text = show(clock, Terminal(), monkeypatch, [(2.0, 100), (2.5, 125)])
    assert text.count("\r") == 3
    assert "\n" not in text
    assert text.endswith("\r\x1b[K")


def test_a_network(clock, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(progress.sys, "stderr", stream)
    with progress.NetworkProgress(["a", "b", "c"], [100, 300, 600]) as bar:
        for second, number, cycles in [(1.0, 0, 50), (3, 1, 0), (4, 2, 150), (14, 0, 120)]:
            clock[0] = second
            bar(number, cycles)
    first, second = stream.getvalue().splitlines()
    assert first == f"[#.......................]   5%  {'a':20}  17 cycles/s  57 s left"
    assert second == f"[######..................]  25%  {'c':20}  18 cycles/s  42 s left"


def test_a_network_that_has_not_begun(clock, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(progress.sys, "stderr", stream)
    with progress.NetworkProgress(["a"], [100]) as bar:
        clock[0] = 30.0
        bar(0, 0)
    assert stream.getvalue() == ""


def test_a_count(clock, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(progress.sys, "stderr", stream)
    with progress.CountProgress("layers planned", 1200) as count:
        for second, more in [(1.0, 100), (4.0, 300), (5.0, 400)]:
            clock[0] = second
            count(more)
    assert stream.getvalue() == "400 of 1,200 layers planned, 100 per second, 8 s left\n"
