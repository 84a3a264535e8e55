"""``convolith cache``."""

from convolith.sim.commands.cli import main
from convolith.sim.engines.native.cache import Cache


def test_show_and_clear(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CONVOLITH_CACHE", str(tmp_path / "cache"))
    assert main(["cache"]) == 0
    others = "0.0 MB of runs and unfinished builds"
    assert capsys.readouterr().out == f"{tmp_path}/cache: 0 entries, 0.0 MB; {others}\n"
    name = "core-" + "1" * 24
    Cache().get(name, "1x1x1 core", lambda folder: (folder / "a").write_text("x" * 200_000))
    (tmp_path / "cache" / "runs").mkdir()
    (tmp_path / "cache" / "runs" / "a.jsonl").write_text("{}\n" * 100_000)
    assert main(["cache"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["what", "size", "last", "used", "entry"]
    assert lines[2].startswith("1x1x1 core  0.2 MB  20")
    assert lines[2].endswith(name)
    assert lines[-1].endswith("1 entries, 0.2 MB; 0.3 MB of runs and unfinished builds")
    assert main(["cache", "--clear"]) == 0
    assert capsys.readouterr().out == f"{tmp_path}/cache: 0.5 MB freed\n"
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [f".{name}.lock"]


def test_a_file_in_its_place(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CONVOLITH_CACHE", str(tmp_path / "file"))
    (tmp_path / "file").touch()
    assert main(["cache"]) == 0
    assert main(["cache", "--clear"]) == 0
    assert (tmp_path / "file").exists()
