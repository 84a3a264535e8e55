"""Options that several commands share."""

import pytest

from convolith.sim.commands.cli import main
from convolith.sim.commands.options import listed


@pytest.mark.parametrize(
    ("text", "names"), [("b", ["b"]), ("b,a", ["b", "a"]), ("b,a,b", ["b", "a"])]
)
def test_names_are_taken_once_in_their_order(text, names):
    assert listed("a letter", text, ("a", "b", "c")) == names


@pytest.mark.parametrize("text", ["d", "a,d", "a,,b", ""])
def test_a_name_that_is_not_known(text):
    name = "d" if "d" in text else ""
    with pytest.raises(ValueError, match=f"^a letter must be one of a, b, c, not '{name}'$"):
        listed("a letter", text, ("a", "b", "c"))


@pytest.mark.parametrize(
    ("command", "option", "rule"),
    [
        ("prove", "--json", "a file's name, not ''"), ("fuzz", "--out", "a folder, not ''"),
        ("fuzz", "--json", "a file's name, not ''"), ("run", "--output", "a file's name, not ''"),
    ],
)
def test_a_path_must_not_be_empty(capsys, command, option, rule):
    with pytest.raises(SystemExit, match="^2$"):
        main([command, option, ""])
    error = capsys.readouterr().err
    assert f"error: argument {option}: must be {rule} (see convolith {command} --help)\n" in error
