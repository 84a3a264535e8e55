"""What lands where: one top-level name, and dependencies that point one way."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ALLOWED = {"model": {"model"}, "hw": {"model", "hw"}, "sim": {"model", "hw", "sim"}}


def imports(path):
    """The packages `convolith.X` that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        yield from (name.split(".")[1] for name in names if name.startswith("convolith."))


@pytest.mark.parametrize("package", ALLOWED)
def test_dependencies_point_one_way(package):
    files = list((ROOT / package).rglob("*.py"))
    assert len(files) > 5
    for path in files:
        assert set(imports(path)) <= ALLOWED[package], path


def test_nothing_generic_is_imported():
    script = (
        "import sys, convolith.sim.cli, convolith.sim.module\n"
        "assert not {'hw', 'model', 'sim', 'tests'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)
    assert not {"hw", "model", "sim"} & set(sys.modules)  # pytest makes a `tests` of its own


def test_every_folder_of_modules_is_installed():
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {
        str(path.parent.relative_to(ROOT))
        for part in ALLOWED
        for path in (ROOT / part).rglob("__init__.py")
    }
    assert folders | {"convolith"} == set(setuptools["package-dir"].values())
    assert set(setuptools["packages"]) == set(setuptools["package-dir"])


def test_docs_have_no_blanks():
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        assert not re.search(r"@[A-Z_]+@|TODO|TBD", path.read_text()), path


def test_python_dash_m():
    result = subprocess.run(
        [sys.executable, "-m", "convolith", "--version"], capture_output=True, text=True, check=True
    )
    assert result.stdout == f"convolith {__import__('convolith').__version__}\n"


def test_help_does_not_wait_for_torch():
    script = (
        "import sys\nfrom convolith.sim.cli import parser\nparser().format_help()\n"
        "assert 'torch' not in sys.modules and 'matplotlib' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
