"""The examples of docs/testing.md and docs/watch.md, as they stand on the page."""

import re
import subprocess
import sys
import textwrap

import pytest
from icarus_play import needs_icarus
from places import ROOT

from convolith.sim.commands.cli import main

PAGE = (ROOT / "docs" / "testing.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = dict(re.findall(
    r"^`(test_\w+\.py)`:\n\n```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL
))


def test_every_example_is_a_file():
    assert len(EXAMPLES) == len(BLOCKS) == 5


@needs_icarus
@pytest.mark.parametrize("name", EXAMPLES)
def test_example(name, tmp_path):
    (tmp_path / name).write_text(EXAMPLES[name])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d+ passed in ", done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", ["test_layer.py", "test_random.py"])
def test_an_example_can_fail(name, tmp_path):
    text = EXAMPLES[name].replace("torch.equal(result.output, conv(x))",
                                  "torch.equal(result.output, conv(x) + 1)")
    assert text != EXAMPLES[name]
    (tmp_path / name).write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "1 failed" in done.stdout


def test_the_traces_example(tmp_path, monkeypatch, capsys):
    """docs/watch.md: a trace, read by the lines on the page."""
    page = (ROOT / "docs" / "watch.md").read_text()
    (code,) = re.findall(r"^(    import gzip, json\n(?:    .*\n|\n)+)", page, re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    assert main(["watch", "--tutorial", "1D", "--json", "trace.json.gz"]) == 0
    capsys.readouterr()
    exec(textwrap.dedent(code), {})
    assert capsys.readouterr().out == (
        "the first output left in cycle 22 and the last in cycle 49\n"
    )
