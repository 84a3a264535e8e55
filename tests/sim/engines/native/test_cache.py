"""The cache: entries are whole or not there, whoever makes them, however that ended."""

import multiprocessing
import os
import threading
import time

import pytest

from convolith.sim.engines.native.cache import Cache, CacheError, digest

NAME = "core-0123456789abcdef01234567"


def make(text, calls=None):
    def fill(folder):
        if calls is not None:
            calls.append(text)
        (folder / "a.txt").write_text(text)

    return fill


def test_made_once(tmp_path):
    cache, calls = Cache(tmp_path / "new" / "cache"), []
    for _ in range(3):
        assert (cache.get(NAME, "some text", make("x", calls)) / "a.txt").read_text() == "x"
    assert calls == ["x"]
    entry, = cache.entries()
    assert (entry.name, entry.what) == (NAME, "some text")
    assert entry.size > 1
    assert cache.clear() >= entry.size
    assert cache.entries() == []
    cache.get(NAME, "some text", make("y", calls))
    assert calls == ["x", "y"]


ODD = ["[1]", '{"what": "x", "files": ["a.txt"]}', '{"what": 5, "files": {"a.txt": "b"}}',
       '{"what": "x", "files": {"a.txt": 1}}', '{"what": "x", "files": {}}']


@pytest.mark.parametrize("harm", ["cut", "changed", "gone", "no manifest", "file", *ODD])
def test_a_broken_entry_is_made_again(tmp_path, harm):
    cache = Cache(tmp_path)
    folder = cache.get(NAME, "text", make("content"))
    file, manifest = folder / "a.txt", folder / "entry.json"
    if harm == "cut":
        file.write_text("cont")
    elif harm == "changed":
        file.write_text("cOntent")
    elif harm == "gone":
        file.unlink()
    elif harm == "no manifest":
        manifest.unlink()
    elif harm in ODD:
        manifest.write_text(harm)
        assert cache.entries() == []
    else:
        file.unlink()
        manifest.unlink()
        folder.rmdir()
        folder.write_text("")
    calls = []
    assert (cache.get(NAME, "text", make("content", calls)) / "a.txt").read_text() == "content"
    assert calls == ["content"]


def test_a_maker_that_fails_leaves_nothing(tmp_path):
    def fail(folder):
        (folder / "half").write_text("half")
        raise ValueError("no")

    cache = Cache(tmp_path)
    with pytest.raises(ValueError, match="^no$"):
        cache.get(NAME, "text", fail)
    assert cache.entries() == []
    assert [path.name for path in tmp_path.iterdir()] == [f".{NAME}.lock"]
    cache.get(NAME, "text", make("x"))


def slowly(root, log):
    def fill(folder):
        with log.open("a") as file:
            file.write("made\n")
        time.sleep(0.5)
        (folder / "a.txt").write_text("x")

    assert (Cache(root).get(NAME, "text", fill) / "a.txt").read_text() == "x"


def test_what_a_killed_process_left_goes_with_the_next(tmp_path):
    left = tmp_path / f".{NAME}.abc"
    left.mkdir()
    (left / "half").touch()
    Cache(tmp_path).get(NAME, "text", make("x"))
    assert not left.exists()


def test_clear_touches_nothing_else(tmp_path):
    mine = ["notes.txt", "core-notes", "thesis/ch1.tex", "runs.txt"]
    for name in mine:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("precious")
    cache = Cache(tmp_path)
    cache.get(NAME, "text", make("x"))
    (tmp_path / f".{NAME}.half").mkdir()
    assert cache.clear() > 0
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {*mine, f".{NAME}.lock"}


def test_two_processes_make_it_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    log = tmp_path / "log"
    both = [context.Process(target=slowly, args=(tmp_path / "c", log)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    assert log.read_text() == "made\n"


def test_the_second_is_told_that_it_waits(tmp_path):
    begun, told = threading.Event(), threading.Event()
    calls = []

    def fill(folder):
        begun.set()
        assert told.wait(60)
        (folder / "a.txt").write_text("x")

    def waiting():
        calls.append(1)
        told.set()

    first = threading.Thread(target=Cache(tmp_path).get, args=(NAME, "text", fill))
    first.start()
    assert begun.wait(60)
    Cache(tmp_path).get(NAME, "text", make("y"), waiting=waiting)
    first.join()
    assert calls == [1]
    assert (tmp_path / NAME / "a.txt").read_text() == "x"


def test_unusable_directories(tmp_path):
    (tmp_path / "file").touch()
    message = (
        f"^the cache directory {tmp_path}/file/cache cannot be used: Not a directory "
        r"\(the variable CONVOLITH_CACHE names another one\)$"
    )
    with pytest.raises(CacheError, match=message):
        Cache(tmp_path / "file" / "cache").get(NAME, "text", make("x"))


def test_a_full_disk(tmp_path, monkeypatch):
    def full(path, *_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("convolith.sim.engines.native.cache.file_digest", full)
    with pytest.raises(CacheError, match="cannot be used: No space left on device"):
        Cache(tmp_path).get(NAME, "text", make("x"))
    assert [path.name for path in tmp_path.iterdir()] == [f".{NAME}.lock"]


def test_where_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("CONVOLITH_CACHE", str(tmp_path / "a"))
    assert Cache().root == tmp_path / "a"
    monkeypatch.delenv("CONVOLITH_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert Cache().root == tmp_path / "x" / "convolith"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Cache().root == tmp_path / ".cache" / "convolith"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONVOLITH_CACHE", "here")
    assert Cache().root == tmp_path / "here"  # compilers run in other folders


def test_digest():
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("a") == digest(b"a")


def test_what_is_being_made_is_not_cleared(tmp_path):
    cache = Cache(tmp_path)
    other = "core-" + "2" * 24
    cache.get(other, "text", make("y"))

    def fill(folder):
        assert Cache(tmp_path).clear() > 0
        (folder / "a.txt").write_text("x")

    assert (cache.get(NAME, "text", fill) / "a.txt").read_text() == "x"
    assert [entry.name for entry in cache.entries()] == [NAME]
    assert cache.clear() > 0
    assert cache.entries() == []
