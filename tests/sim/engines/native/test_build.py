"""Building the native core: what is missing is named, what fails is told, what is built is kept."""

import logging
import os

import pytest

from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.contract.simulator import BuildError
from convolith.sim.engines.native import build as building
from convolith.sim.engines.native.build import build
from convolith.sim.engines.native.cache import Cache
from convolith.sim.engines.native.toolchain import Toolchain
from convolith.sim.engines.native.verilog import cached_verilog, hardware_digest

CONFIG = ArrayConfig(rows=1, cols=1)


def test_a_library_is_built_once_and_mended(caplog):
    cache = Cache()
    library = build(CONFIG, cache)
    before = library.stat().st_mtime_ns
    assert build(ArrayConfig(rows=1, cols=1, act_words=99), cache).stat().st_mtime_ns == before
    assert build(ArrayConfig(rows=1, cols=2), cache) != library
    library.write_bytes(library.read_bytes()[:1000])
    with caplog.at_level(logging.INFO, "convolith"):
        assert build(CONFIG, cache) == library
    assert library.stat().st_size > 1000
    said = [record.getMessage() for record in caplog.records]
    assert said[0] == "building the 1x1x1 core: Verilator"
    assert said[-1] == "building the 1x1x1 core: linking"
    assert any("C++, 2 of " in text for text in said)


def test_the_key_holds_what_matters():
    other = [{"rows": 2}, {"acc_bits": 31}, {"addr_bits": 19}, {"lanes": 3}]
    keys = {hardware_digest(ArrayConfig(**{"rows": 1, "cols": 1, **more})) for more in other}
    assert len(keys | {hardware_digest(CONFIG)}) == 5
    assert hardware_digest(CONFIG) == hardware_digest(ArrayConfig(rows=1, cols=1, act_words=9))


def test_no_verilator(monkeypatch):
    monkeypatch.setattr("convolith.sim.engines.native.toolchain.verilator_root", lambda: None)
    with pytest.raises(BuildError, match="^the Python package verilator is not installed "):
        Toolchain.find()


def test_no_compiler(monkeypatch, tmp_path):
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match=r"^no C\+\+ compiler is installed \(c\+\+, g\+\+, clang"):
        Toolchain.find()
    monkeypatch.setenv("CXX", "sun-cc")
    with pytest.raises(BuildError, match=r"^no C\+\+ compiler is installed \(sun-cc\)$"):
        Toolchain.find()


def fake_compiler(folder, script):
    path = folder / "cxx"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ('case "$*" in *-c*) echo "x.cpp:1: error: odd" >&2; exit 3;; *) echo 9;; esac',
         r"^cxx failed \(exit status 3\): x.cpp:1: error: odd$"),
        ('case "$*" in *-c*) exit 1;; *) echo 9;; esac', "exit status 1.: silently$"),
        ('case "$*" in *-c*) echo "fatal: No space left on device"; exit 1;; *) echo 9;; esac',
         r"^the cache directory .*/cache cannot be used: No space left on device \(the variable"),
    ],
)
def test_a_compiler_that_fails(tmp_path, monkeypatch, script, message):
    monkeypatch.setenv("CXX", fake_compiler(tmp_path, script))
    cache = Cache(tmp_path / "cache")
    with pytest.raises(BuildError, match=message):
        build(CONFIG, cache)
    assert [entry.what for entry in cache.entries()] == ["1x1x1 Verilog"]


def test_after_a_failure_no_file_is_begun(tmp_path, monkeypatch):
    script = f'case "$*" in *-c*) echo >> {tmp_path}/begun; sleep 0.3; exit 1;; *) echo 9;; esac'
    monkeypatch.setenv("CXX", fake_compiler(tmp_path, script))
    monkeypatch.setattr(building._Build, "runtime", lambda self: tmp_path)
    monkeypatch.setattr(building, "VERILATOR", [*building.VERILATOR, "--output-split", "10"])
    monkeypatch.setattr(building.os, "cpu_count", lambda: 1)
    cache = Cache(tmp_path / "cache")
    with pytest.raises(BuildError, match="silently"):
        build(CONFIG, cache)
    assert len((tmp_path / "begun").read_text()) <= 3  # of many


def test_a_library_that_lacks_its_runtime_is_not_kept(tmp_path, monkeypatch):
    """It links all the same, and would fail whenever it is loaded."""
    monkeypatch.setattr(building._Build, "runtime", lambda self: tmp_path)
    cache = Cache(tmp_path / "cache")
    with pytest.raises(BuildError, match="undefined symbol"):
        build(CONFIG, cache)
    assert [entry.what for entry in cache.entries()] == ["1x1x1 Verilog"]


def test_a_compiler_with_options(tmp_path, monkeypatch):
    compiler = Toolchain.find().compiler[0]
    monkeypatch.setenv("CXX", f"{compiler} -m64")
    tools = Toolchain.find()
    assert tools.compiler == (compiler, "-m64")
    assert "-m64" in tools.versions


def test_verilator_that_fails(monkeypatch, tmp_path):
    monkeypatch.setattr(building, "VERILATOR", ["--no-such-option"])
    monkeypatch.setattr(building._Build, "runtime", lambda self: tmp_path)
    with pytest.raises(BuildError, match="^verilator_bin failed .*no-such-option"):
        build(CONFIG, Cache(tmp_path))


def test_observed_verilog_hides_the_synthesizers_names():
    text = cached_verilog(CONFIG, Cache(), observed=True)
    assert "\\$" not in text
    assert "_yosys_" in text
    assert "observer" in text
    assert "observer" not in cached_verilog(CONFIG, Cache())


def test_libraries_do_not_depend_on_where_python_is():
    versions = Toolchain.find().versions
    assert versions.startswith("Verilator 5.")
    assert os.sep + "site-packages" not in versions
