"""Files that are not tables of layers: refuses them with a sentence that says what they are."""

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from convolith.model.networks.columns import plain_name
from convolith.model.networks.names import listed, shortened

__all__ = ["refuse_contents", "refuse_header"]

BEGINNINGS = {
    b"{": "JSON",
    b"[": "JSON or a configuration file",
    b"<": "HTML or XML",
    b"%PDF": "PDF",
    b"PK\x03\x04": "a ZIP archive, as spreadsheets are (save the sheet as CSV)",
    b"\xff\xfe": "UTF-16 (save it as UTF-8)",
    b"\xfe\xff": "UTF-16 (save it as UTF-8)",
}
"""The first bytes of other kinds of files."""

OTHERS = {
    "ifmap height intraline factor": "SCALE-Sim's layout file, which has no shapes of layers",
    "total cycles": "SCALE-Sim's report of cycles, which --compare takes",
    "avg ifmap sram bw": "SCALE-Sim's report of bandwidths",
    "sram ifmap start cycle": "SCALE-Sim's report of accesses",
}
"""Other tables, by a name in their headers."""

MOST_NAMES = 6
FEWEST_NUMBERS = 3


def refuse_contents(path: Path, data: bytes) -> None:
    """Refuses a file that its first bytes, or zero bytes, show not to be a table.

    Raises
    ------
    ValueError
    """
    data = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not data:
        raise ValueError(f"{path}: there must be a header and a layer, but the file is empty")
    for beginning, kind in BEGINNINGS.items():
        if data.startswith(beginning):
            raise ValueError(f"{path}: it must be a table of layers (CSV), not {kind}")
    if b"\0" in data:
        raise ValueError(f"{path}: it must be a table of layers (CSV), not a binary file")


def refuse_header(header: Sequence[str], examples: Sequence[str]) -> NoReturn:
    """Refuses a header of no known form. ``examples``: a header of each form.

    Raises
    ------
    ValueError
        Always.
    """
    known = "; ".join(examples)
    for cell in header:
        if kind := OTHERS.get(plain_name(cell)):
            raise ValueError(f"it must be a table of layers, not {kind}")
    numbers = [cell for cell in header[1:] if cell]
    if len(numbers) >= FEWEST_NUMBERS and all(_is_number(cell) for cell in numbers):
        raise ValueError(
            f"the first line must be a header, not a layer already, {shortened(header[0])!r}: "
            f"it must be one of {known}"
        )
    names = listed([repr(cell) for cell in header if cell], MOST_NAMES)
    raise ValueError(f"the header must be one of {known}; but it has {names}")


def _is_number(cell: str) -> bool:
    return cell.isascii() and cell.isdigit()
