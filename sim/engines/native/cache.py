"""What took long to make and is needed again: folders that are whole or not there."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from convolith.sim.engines.contract.simulator import BuildError

__all__ = ["RUNS", "Cache", "CacheError", "Entry", "digest", "file_digest"]

VARIABLE = "CONVOLITH_CACHE"
MANIFEST = "entry.json"
LOCK_SUFFIX = ".lock"
RUNS = "runs"

# An entry, the lock or an unfinished folder of one, or what runs of networks have written down.
OURS = re.compile(rf"\.?(core|runtime|verilog)-[0-9a-f]{{24}}(\..*)?|{RUNS}")


class CacheError(BuildError):
    """The cache directory cannot be used; the message says why, in one sentence."""


@dataclass(frozen=True)
class Entry:
    """A complete entry, as `Cache.entries` lists it."""

    name: str
    what: str
    path: Path
    size: int  # bytes
    used: float  # seconds since the epoch


def digest(*parts: str | bytes) -> str:
    """A name for what depends on ``parts`` and on nothing else."""
    state = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "little") + data)
    return state.hexdigest()[:24]


def file_digest(path: Path) -> str:
    """The digest of a file's content."""
    return digest(path.read_bytes())


class Cache:
    """Entries by name, each a folder of files.

    The directory is ``$CONVOLITH_CACHE``, or ``convolith`` in ``$XDG_CACHE_HOME`` (``~/.cache``);
    what else lies in it is not touched. Entries are named ``KIND-DIGEST``.
    An entry is made beside its place and renamed once it is complete; of two processes that need
    the same one, the second waits for the first. Each use compares its files with the digests that
    were taken when it was made, and makes it again if they differ.
    """

    def __init__(self, root: Path | None = None):
        self.root = (root or _default_root()).absolute()

    def get(
        self,
        name: str,
        what: str,
        make: Callable[[Path], None],
        *,
        waiting: Callable[[], None] = lambda: None,
    ) -> Path:
        """The entry's folder; ``make`` fills it if it is not there or not whole.

        Parameters
        ----------
        name : str
            With a digest of all that the content depends on.
        what : str
            The content, in a few words, for people.
        make : callable
            Gets an empty folder.
        waiting : callable
            Called before waiting for another process that is making the entry.

        Raises
        ------
        CacheError
            If the directory cannot be read or written.
        """
        path = self.root / name
        if _is_whole(path):
            _touch(path)
            return path
        with self._translated():
            self.root.mkdir(parents=True, exist_ok=True)
        with self._locked(name, waiting):
            if not _is_whole(path):  # else another process was quicker
                self._make(path, what, make)
        return path

    def _make(self, path: Path, what: str, make: Callable[[Path], None]) -> None:
        with self._translated():
            unfinished = Path(tempfile.mkdtemp(dir=self.root, prefix=f".{path.name}."))
        for left in self.root.glob(f".{path.name}.*"):  # of a process that was killed
            if left.is_dir() and left != unfinished:
                shutil.rmtree(left, ignore_errors=True)
        try:
            with self._translated():
                make(unfinished)
                files = sorted(file for file in unfinished.iterdir() if file.is_file())
                manifest = {"what": what, "files": {f.name: file_digest(f) for f in files}}
                (unfinished / MANIFEST).write_text(json.dumps(manifest))
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
                unfinished.rename(path)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    @contextmanager
    def _locked(self, name: str, waiting: Callable[[], None]) -> Iterator[None]:
        """One process at a time; the lock goes with the process, however that ends."""
        with self._translated():
            lock = (self.root / f".{name}{LOCK_SUFFIX}").open("w")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _being_made(self, path: Path) -> bool:
        """Someone holds the lock of the entry that this file or folder belongs to."""
        name = path.name.removeprefix(".").partition(".")[0]
        try:
            with (self.root / f".{name}{LOCK_SUFFIX}").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except FileNotFoundError:
            return False
        return False

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise CacheError(
                f"the cache directory {self.root} cannot be used: {error.strerror or error} "
                f"(the variable {VARIABLE} names another one)"
            ) from error

    def entries(self) -> list[Entry]:
        """All complete entries, the one that was used last first."""
        found = []
        for path in self.root.iterdir() if self.root.is_dir() else ():
            manifest = _manifest(path)
            if manifest and not path.name.startswith("."):
                size = sum(file.stat().st_size for file in path.iterdir())
                used = (path / MANIFEST).stat().st_mtime
                found.append(Entry(path.name, manifest["what"], path, size, used))
        return sorted(found, key=lambda entry: entry.used, reverse=True)

    def other(self) -> int:
        """Bytes of what is ours and no entry: runs of networks, entries unfinished or broken."""
        whole = {entry.path for entry in self.entries()}
        paths = [path for path in self._ours() if path not in whole]
        return sum(file.stat().st_size for path in paths for file in _files(path))

    def _ours(self) -> list[Path]:
        found = self.root.iterdir() if self.root.is_dir() else ()
        return [path for path in found if OURS.fullmatch(path.name)]

    def clear(self) -> int:
        """Removes all entries, broken ones included, and the runs of networks; the bytes freed.

        What another process is making stays.

        Raises
        ------
        CacheError
            If something cannot be removed.
        """
        freed = 0
        with self._translated():
            for path in self._ours():
                if self._being_made(path):
                    continue
                freed += sum(file.stat().st_size for file in _files(path))
                if path.is_dir():
                    shutil.rmtree(path)
                elif not path.name.endswith(LOCK_SUFFIX):  # someone may be waiting for it
                    path.unlink()
        return freed


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]


def _default_root() -> Path:
    if named := os.environ.get(VARIABLE):
        return Path(named)
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else Path.home() / ".cache") / "convolith"


def _manifest(path: Path) -> dict | None:
    try:
        manifest = json.loads((path / MANIFEST).read_text())
        what, files = manifest["what"], manifest["files"]
        texts = [what, *files, *files.values()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return manifest if files and all(isinstance(text, str) for text in texts) else None


def _is_whole(path: Path) -> bool:
    manifest = _manifest(path)
    if not manifest:
        return False
    try:
        return all(file_digest(path / n) == code for n, code in manifest["files"].items())
    except OSError:
        return False


def _touch(path: Path) -> None:
    """Remembers the use; a directory that cannot be written to is still good to read."""
    try:
        os.utime(path / MANIFEST)
    except OSError:
        return
