"""Reading arrays, and writing files whole or not at all."""

import json
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["OutputFile", "OutputFiles", "load_array"]


def load_array(what: str, path: Path) -> NDArray[np.generic]:
    """A ``.npy`` file's array.

    Raises
    ------
    ValueError
        If it cannot be read, or is no such file.
    """
    try:
        array = np.load(path, allow_pickle=False)
    except OSError as error:
        raise ValueError(f"{what} cannot be read from {path}: {error.strerror or error}") from None
    except (ValueError, EOFError):
        raise ValueError(f"{what} must be a .npy file of numbers, which {path} is not") from None
    if not isinstance(array, np.ndarray):
        array.close()
        raise ValueError(f"{what} must be one .npy array, but {path} is an archive of several")
    return array


class OutputFile:
    """A file that is there only once it is complete; until then it has another name.

    Raises
    ------
    ValueError
        At once, if it could not be written later.
    """

    def __init__(self, path: Path):
        self.path = path
        if path.is_dir():
            raise ValueError(f"{path} cannot be written: it is a directory")
        try:
            handle, name = tempfile.mkstemp(
                dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix
            )
            mask = os.umask(0)
            os.umask(mask)
            os.fchmod(handle, 0o666 & ~mask)
            os.close(handle)
        except OSError as error:
            raise ValueError(f"{path} cannot be written: {error.strerror or error}") from None
        self.unfinished = Path(name)

    def write_text(self, text: str) -> None:
        self.unfinished.write_text(text, encoding="utf-8")

    def write_json(self, value: Any) -> None:
        self.write_text(json.dumps(value, indent=2) + "\n")

    def write_array(self, array: NDArray[np.generic]) -> None:
        with self.unfinished.open("wb") as stream:
            np.save(stream, array)


class OutputFiles:
    """A command's outputs: all of them appear when it ends well, none if it fails."""

    def __init__(self) -> None:
        self.files: list[OutputFile] = []

    def add(self, path: Path) -> OutputFile:
        if any(file.path.absolute() == path.absolute() for file in self.files):
            raise ValueError(f"{path} cannot be written: it is named for two outputs")
        file = OutputFile(path)
        self.files.append(file)
        return file

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
                file.unfinished.replace(file.path)
            else:
                file.unfinished.unlink(missing_ok=True)
