"""The tutorial's notebook is executed; its exercises know right answers from wrong ones."""

import re
import time
from copy import deepcopy
from pathlib import Path

import jupytext
import nbclient
import pytest
from nbformat.v4 import new_code_cell

TEXT = Path(__file__).parents[2] / "docs" / "tutorial" / "tutorial.md"
ANSWERS = {"guess_1": (3, 9), "guess_2": (3, 9), "guess_3": (216, 486), "guess_4": (4, 8)}
MOST_S = 60


def with_answers(notebook):
    """Each exercise once more with the right answer, and once with a wrong one."""
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if cell.cell_type != "code" or not (found := re.match(r"(guess_\d) = None", cell.source)):
            continue
        name = found.group(1)
        for answer, tags in zip(ANSWERS[name], ([], ["raises-exception"]), strict=True):
            source = cell.source.replace(f"{name} = None", f"{name} = {answer}")
            assert source != cell.source
            again = new_code_cell(source, metadata={"tags": tags, "exercise": [name, bool(tags)]})
            cells.append(again)
    answered = deepcopy(notebook)
    answered.cells = cells
    return answered


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """The notebook, and how long it took as it is."""
    notebook = jupytext.read(TEXT)
    folder = str(tmp_path_factory.mktemp("notebook"))
    spent = {}

    def begun(cell, cell_index):
        cell.metadata["begun"] = time.perf_counter()

    def ended(cell, cell_index, execute_reply):
        spent[cell_index] = time.perf_counter() - cell.metadata["begun"]

    answered = with_answers(notebook)
    start = time.perf_counter()
    nbclient.NotebookClient(
        answered, timeout=300, kernel_name="python3", resources={"metadata": {"path": folder}},
        on_cell_execute=begun, on_cell_executed=ended,
    ).execute()
    extra = sum(
        seconds for i, seconds in spent.items() if "exercise" in answered.cells[i].metadata
    )
    return answered, time.perf_counter() - start - extra


def texts(cell):
    return "".join(output.get("text", "") for output in cell.outputs)


def test_it_runs_in_a_minute(executed):
    assert executed[1] <= MOST_S


def test_it_goes_through_every_section_and_note(executed):
    titles = [line for cell in executed[0].cells if cell.cell_type == "markdown"
              for line in cell.source.splitlines() if line.startswith("## ")]
    assert titles == [
        "## The array", "## Mathematics", "## Simple convolution in 1D",
        "## Simple convolution in 2D", "## Several channels in 1D", "## Several channels in 2D",
        "## A batch of two", "## Note 1: independent indices",
        "## Note 2: output-centric indexing", "## Note 3: the kernel changes most often",
        "## Note 4: the output changes slowest", "## Note 5: the output's size is known before",
        "## Note 6: filters", "## A fault, to see that all of this is noticed", "## Exercises",
    ]


def test_pages_and_pictures_are_in_it(executed):
    shown = [output.data for cell in executed[0].cells if cell.cell_type == "code"
             for output in cell.outputs if "data" in output]
    pages = [data["text/html"] for data in shown if "text/html" in data]
    assert len(pages) == 5
    assert all(page.startswith("<iframe ") for page in pages)
    assert sum("image/png" in data for data in shown) == 2


def test_the_exercises_check_themselves(executed):
    asked = [cell for cell in executed[0].cells if "exercise" in cell.metadata]
    assert len(asked) == 2 * len(ANSWERS)
    for cell in asked:
        name, wrong = cell.metadata["exercise"]
        errors = [output for output in cell.outputs if output.output_type == "error"]
        assert bool(errors) == wrong
        if wrong:
            assert errors[0].evalue == f"it is not {ANSWERS[name][1]}: look again"
        else:
            assert texts(cell).startswith("Right: ")
    as_they_are = [cell for cell in executed[0].cells
                   if cell.cell_type == "code" and cell.source.startswith("guess_")
                   and "exercise" not in cell.metadata]
    assert [texts(cell) for cell in as_they_are] == ["Not answered yet.\n"] * len(ANSWERS)
