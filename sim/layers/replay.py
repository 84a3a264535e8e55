"""Cases that a campaign has saved, to be run again."""

from pathlib import Path

from convolith.sim.layers.case import Case
from convolith.sim.layers.case_file import CaseError, read_content
from convolith.sim.layers.chain_case import ChainCase
from convolith.sim.layers.sequence_case import SequenceCase, read_single

__all__ = ["AnyCase", "load_case"]

AnyCase = Case | ChainCase | SequenceCase


def load_case(path: Path) -> AnyCase:
    """From a file with such a content.

    Raises
    ------
    ValueError
        If it is none, or cannot be read, or has a value that cannot be.
    """
    try:
        text, arrays = read_content(path)
        return (SequenceCase.read if "cases" in text else read_single)(text, arrays)
    except OSError as error:
        if error.strerror:
            raise ValueError(f"the case cannot be read from {path}: {error.strerror}") from None
        raise _damaged(path) from None
    except CaseError as error:
        raise ValueError(f"the case {path} cannot be run: {error}") from None
    except Exception:  # a damaged file can make each of the parsers raise nearly anything
        raise _damaged(path) from None


def _damaged(path: Path) -> ValueError:
    return ValueError(f"the case must be a file that a campaign has saved, which {path} is not")
