"""What lands where: one top-level name, and dependencies that point one way."""

import ast
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv

import pytest
from places import ROOT

ALLOWED = {"model": {"model"}, "hw": {"model", "hw"}, "sim": {"model", "hw", "sim"}}
FORBIDDEN = {
    "driver": {"torch", "amaranth", "hw", "sim"},
    "model": {"torch", "amaranth", "cocotb", "matplotlib"},
    "hw": {"torch", "cocotb", "matplotlib"},
}
"""What a folder of `convolith` may not import: a driver runs where neither of them is, and a driver
may use the model."""


def imported(path):
    """The modules that a file imports, with all their names."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def roots(path):
    """The packages that a file imports, of `convolith` its folders."""
    return {name.split(".")[0] for name in imported(path)} | imports(path)


def imports(path):
    """The packages `convolith.X` that a file imports."""
    return {name.split(".")[1] for name in imported(path) if name.startswith("convolith.")}


def folder_of(name, files):
    """The folder of the module that ``name``, or the part before its last dot, is."""
    parts = name.split(".")[1:]
    for last in (len(parts), len(parts) - 1):
        inner = "/".join(parts[:last])
        if f"{inner}.py" in files:
            return inner.rpartition("/")[0]
        if f"{inner}/__init__.py" in files:
            return inner
    return None


@pytest.mark.parametrize("package", ALLOWED)
def test_dependencies_point_one_way(package):
    files = list((ROOT / package).rglob("*.py"))
    assert len(files) > 5
    for path in files:
        assert imports(path) <= ALLOWED[package] | {"__version__"}, path


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_what_runs_elsewhere_imports_little(folder):
    """Of the folders of `convolith` itself, those that are there."""
    place = ROOT / folder if folder in ALLOWED else ROOT / "convolith" / folder
    for path in place.rglob("*.py"):
        assert not roots(path) & FORBIDDEN[folder], path


def test_imports_are_absolute():
    """The tests above read them as they are written."""
    for path in (path for part in ALLOWED for path in (ROOT / part).rglob("*.py")):
        nodes = ast.walk(ast.parse(path.read_text()))
        assert not [node for node in nodes if isinstance(node, ast.ImportFrom) and node.level], path


def test_an_import_that_is_forbidden_is_seen(tmp_path):
    path = tmp_path / "driver.py"
    path.write_text("import numpy\nimport torch.nn\nfrom convolith.hw import core\n")
    assert roots(path) & FORBIDDEN["driver"] == {"torch", "hw"}


def test_no_folders_import_each_other_in_a_circle():
    paths = {
        str(path.relative_to(ROOT)): path
        for package in ALLOWED
        for path in (ROOT / package).rglob("*.py")
    }
    reached = {}
    for name, path in paths.items():
        folder = name.rpartition("/")[0]
        others = (folder_of(found, paths) for found in imported(path) if "convolith." in found)
        reached.setdefault(folder, set()).update(set(others) - {folder, None})
    assert sum(map(len, reached.values())) > 100
    for _ in reached:  # as many steps as there are folders reach everything
        for others in reached.values():
            others |= {far for other in others for far in reached.get(other, ())}
    assert not [folder for folder, others in reached.items() if folder in others]


def test_nothing_generic_is_imported():
    script = (
        "import sys, convolith.sim.commands.cli, convolith.sim.layers.module\n"
        "assert not {'hw', 'model', 'sim', 'tests'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)
    assert not {"hw", "model", "sim"} & set(sys.modules)  # pytest makes a `tests` of its own


def test_every_folder_of_modules_is_named_for_the_installation():
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for part in ALLOWED
        for path in (ROOT / part).rglob("*.py")
    }
    folders |= {
        ".".join(path.parent.relative_to(ROOT / "convolith").parts)
        for path in (ROOT / "convolith").rglob("*.py")
    } - {""}
    assert set(setuptools["packages"]) == {"convolith", *(f"convolith.{name}" for name in folders)}


def test_an_installed_wheel_has_every_module(tmp_path):
    """An editable install has them in any case; so a wheel goes into a fresh environment.

    That has nothing else but a path to the packages on which ours depends.
    """
    source, wheels, fresh = tmp_path / "source", tmp_path / "wheels", tmp_path / "fresh"
    for name in ("convolith", *ALLOWED):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(source)]
    subprocess.run([*pip, *build], check=True, timeout=300)
    (wheel,) = wheels.iterdir()
    venv.create(fresh)
    python = fresh / "bin" / "python"
    subprocess.run([*pip, "--python", python, "install", "--no-deps", wheel], check=True)
    (site,) = fresh.glob("lib/python*/site-packages")
    # A path in a .pth file is searched, but the .pth files there, of the editable install, are not.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    modules = sorted(
        ".".join(("convolith", *path.relative_to(root).with_suffix("").parts))
        for root, part in ((ROOT / "convolith", "."), *((ROOT, part) for part in ALLOWED))
        for path in (root / part).rglob("*.py")
    )
    assert {"convolith.__main__", "convolith.sim.bench.driver"} <= set(modules)
    script = (
        "import importlib, convolith\n"
        f"assert convolith.__file__.startswith({str(site)!r}), convolith.__file__\n"
        f"for name in {modules}:\n"
        "    importlib.import_module(name.removesuffix('.__init__'))\n"
    )
    # The benches of cocotb are told for which array they are.
    subprocess.run(
        [python, "-c", script], check=True, cwd=tmp_path, env={"CONVOLITH_CONFIG": "{}"}
    )
    native = site / "convolith" / "sim" / "engines" / "native"
    assert {"harness.cpp", "fast_verilated.h"} <= {path.name for path in native.iterdir()}
    # A page is put together from files that are no modules.
    watch = (
        "from convolith.sim.commands.cli import main\n"
        "from convolith.sim.watch.format.document import schema\n"
        "assert schema()['title'] == 'convolith-trace, version 1'\n"
        "raise SystemExit(main(['watch', '--tutorial', '1D', '--sim', 'amaranth']))\n"
    )
    subprocess.run([python, "-c", watch], check=True, cwd=tmp_path)
    assert (tmp_path / "watch.html").stat().st_size > 10_000


def test_docs_have_no_blanks():
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        assert not re.search(r"@[A-Z_]+@|TODO|TBD", path.read_text()), path


def test_python_dash_m():
    result = subprocess.run(
        [sys.executable, "-m", "convolith", "--version"], capture_output=True, text=True, check=True
    )
    assert result.stdout == f"convolith {__import__('convolith').__version__}\n"


def test_help_does_not_wait_for_torch():
    script = (
        "import sys\nfrom convolith.sim.commands.cli import parser\nparser().format_help()\n"
        "assert 'torch' not in sys.modules and 'matplotlib' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("words", [["cycles", "examples/networks/alexnet.csv"], ["cache"]])
def test_a_command_imports_only_what_it_needs(words):
    """The hardware's language and PyTorch take longer to import than a network takes to plan."""
    script = (
        "import sys\nfrom convolith.sim.commands.cli import main\n"
        f"assert main({words}) == 0\n"
        "assert not {'amaranth', 'torch', 'matplotlib'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


def test_every_dependency_has_its_licence_on_the_page():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = [*project["dependencies"], *sum(project["optional-dependencies"].values(), [])]
    names = {re.match(r"[\w-]+", text)[0] for text in needed} - {"convolith"}
    page = (ROOT / "docs" / "licences.md").read_text()
    rows = [line.split("|") for line in page.splitlines() if line.startswith("|")]
    listed = {name for row in rows for name in re.findall(r"[\w-]+", row[1].split("(")[0])}
    assert names <= listed
    assert all(row[3].strip() for row in rows)
