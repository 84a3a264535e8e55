"""Reads arrays, and writes files completely or not at all."""

import errno
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from math import prod
from pathlib import Path
from tokenize import TokenError
from types import TracebackType
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.lib.format import (
    MAGIC_PREFIX,
    read_array_header_1_0,
    read_array_header_2_0,
    read_magic,
)
from numpy.typing import NDArray

from convolith.sim.report.output import standard_output

__all__ = [
    "STANDARD_OUTPUT",
    "OutputFile",
    "OutputFiles",
    "folder_in_case",
    "load_array",
    "make_folder",
]


STANDARD_OUTPUT = Path("-")
"""As an output it stands for standard output."""

# NumPy's errors for files of another kind, files that were cut off, and impossible shapes.
NO_ARRAY = (ValueError, EOFError, SyntaxError, TokenError, BadZipFile, MemoryError)


def make_folder(path: Path) -> None:
    """Makes a folder and its parents, if they do not exist yet.

    Raises
    ------
    ValueError
        If the folder cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"the folder {path} cannot be made: {error.strerror or error}") from None


@contextmanager
def folder_in_case(path: Path) -> Iterator[None]:
    """Makes a folder for files that may be written later. If it stays empty, it is removed.

    Raises
    ------
    ValueError
        If the folder cannot be made.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    make_folder(path)
    try:
        yield
    finally:
        with suppress(OSError):  # the first that is not empty
            for folder in missing:
                folder.rmdir()


def load_array(what: str, path: Path) -> NDArray[np.generic]:
    """A ``.npy`` file's array.

    Raises
    ------
    ValueError
        If the file cannot be read, or is not a ``.npy`` file of numbers.
    """
    try:
        array = np.load(path, allow_pickle=False)
    except OSError as error:
        raise ValueError(f"{what} cannot be read from {path}: {error.strerror or error}") from None
    except NO_ARRAY:
        raise ValueError(f"{what} must be a .npy file of numbers, {_fault(path)}") from None
    if not isinstance(array, np.ndarray):
        array.close()
        raise ValueError(f"{what} must be one .npy array, but {path} is an archive of several")
    return array


def _fault(path: Path) -> str:
    """The reason why a file is not a ``.npy`` file of numbers."""
    with path.open("rb") as file:
        if not (begin := file.read(len(MAGIC_PREFIX))):
            return f"but {path} is empty"
        if begin != MAGIC_PREFIX[: len(begin)]:
            return f"which {path} is not"
        file.seek(0)
        try:
            version = read_magic(file)
            read = read_array_header_1_0 if version == (1, 0) else read_array_header_2_0
            shape, _, kind = read(file)
        except NO_ARRAY:
            return f"but the head of {path} is cut off or damaged"
        if kind.hasobject:
            return f"but {path} holds Python objects"
        wanted = prod(shape) * kind.itemsize
        has = path.stat().st_size - file.tell()
    if has < wanted:
        return f"but {path} is cut off: it has {has:,} of {wanted:,} bytes for {shape}"
    return f"but {path} is damaged"


def _resolved(path: Path) -> Path:
    """The path with all links followed.

    Raises
    ------
    ValueError
        If links lead in a circle.
    """
    try:
        return path.resolve()
    except ValueError as error:  # no file can have such a name
        raise ValueError(f"{str(path)!r} cannot be written: {error}") from None
    except (OSError, RuntimeError) as error:
        reason = "its links lead in a circle"
        if isinstance(error, OSError) and error.errno != errno.ELOOP:
            reason = error.strerror or str(error)
        raise ValueError(f"{path} cannot be written: {reason}") from None


class OutputFile:
    """An output file that appears only when it is complete. Until then it has another name.

    Anything but a regular file (``/dev/stdout``, a pipe) is written directly.

    Raises
    ------
    ValueError
        If the file cannot be written: at once, if that is known already, or when it is written.
    """

    def __init__(self, path: Path):
        self.path = path
        self.target = _resolved(path)  # a link stays a link
        try:
            is_folder = path.is_dir()
        except OSError as error:
            raise self.cannot(error) from None
        if is_folder:
            raise ValueError(f"{path} cannot be written: it is a directory")
        self.direct = self.target.exists() and not self.target.is_file()
        self.unfinished = self.target if self.direct else self._temporary()

    def _temporary(self) -> Path:
        try:
            handle, name = tempfile.mkstemp(
                dir=self.target.parent, prefix=f".{self.target.name}.", suffix=self.target.suffix
            )
        except OSError as error:
            raise self.cannot(error) from None
        mask = os.umask(0)
        os.umask(mask)
        os.fchmod(handle, 0o666 & ~mask)
        os.close(handle)
        return Path(name)

    def cannot(self, error: OSError) -> ValueError:
        """The sentence for an error of the file system."""
        return ValueError(f"{self.path} cannot be written: {error.strerror or error}")

    def write(self, content: bytes) -> None:
        try:
            self.unfinished.write_bytes(content)
        except OSError as error:
            raise self.cannot(error) from error

    def write_text(self, text: str) -> None:
        self.write(text.encode())

    def write_json(self, value: Any) -> None:
        self.write_text(json.dumps(value, indent=2) + "\n")

    def write_array(self, array: NDArray[np.generic]) -> None:
        content = BytesIO()
        np.save(content, array)
        self.write(content.getvalue())

    def finish(self) -> None:
        if not self.direct:
            self.unfinished.replace(self.target)

    def discard(self) -> None:
        if not self.direct:
            self.unfinished.unlink(missing_ok=True)


class StandardOutput(OutputFile):
    """An output to standard output. It is written completely, once the command has succeeded."""

    def __init__(self) -> None:
        self.path = self.target = STANDARD_OUTPUT
        self.content = b""

    def write(self, content: bytes) -> None:
        self.content += content

    def finish(self) -> None:
        standard_output(self.content)

    def discard(self) -> None:
        self.content = b""


class OutputFiles:
    """A command's output files. All appear if the command succeeds, and none if it fails.

    ``inputs``: files that must not be overwritten. The path ``-`` is standard output.
    """

    def __init__(self, inputs: Iterable[Path] = ()) -> None:
        self.files: list[OutputFile] = []
        self.inputs = {path.resolve() for path in inputs}

    def add(self, path: Path) -> OutputFile:
        target = path if path == STANDARD_OUTPUT else _resolved(path)
        if target in self.inputs:
            raise ValueError(f"{path} cannot be written: it is an input")
        if any(file.target == target for file in self.files):
            raise ValueError(f"{path} cannot be written: it is named for two outputs")
        file = StandardOutput() if path == STANDARD_OUTPUT else OutputFile(path)
        self.files.append(file)
        return file

    def drop(self, file: OutputFile) -> None:
        """Removes a file that the command does not need after all."""
        file.discard()
        self.files.remove(file)

    def __enter__(self) -> "OutputFiles":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self.files:
            if kind is None:
                file.finish()
            else:
                file.discard()
