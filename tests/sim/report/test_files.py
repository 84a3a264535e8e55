"""Arrays in, whole files out."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from convolith.sim.report.files import OutputFiles, load_array


def test_outputs_appear_together(tmp_path):
    with OutputFiles() as outputs:
        text, array = outputs.add(tmp_path / "a.json"), outputs.add(tmp_path / "b.npy")
        text.write_json({"x": 1})
        array.write_array(np.arange(3))
        assert not text.path.exists()
    assert text.path.read_text() == '{\n  "x": 1\n}\n'
    assert np.load(array.path).tolist() == [0, 1, 2]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.json", "b.npy"]


def test_a_failure_leaves_nothing(tmp_path):
    old = tmp_path / "a.json"
    old.write_text("old")

    def fail_half_way():
        with OutputFiles() as outputs:
            outputs.add(old).write_text("new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_half_way()
    assert old.read_text() == "old"
    assert list(tmp_path.iterdir()) == [old]


def test_permissions_are_the_users(tmp_path):
    plain = tmp_path / "plain"
    plain.touch()
    with OutputFiles() as outputs:
        outputs.add(tmp_path / "made")
    assert (tmp_path / "made").stat().st_mode == plain.stat().st_mode


def test_refused_paths(tmp_path):
    with OutputFiles() as outputs:
        with pytest.raises(ValueError, match="cannot be written: it is a directory"):
            outputs.add(tmp_path)
        with pytest.raises(ValueError, match="cannot be written: No such file or directory"):
            outputs.add(tmp_path / "missing" / "a.json")
        outputs.add(tmp_path / "a")
        with pytest.raises(ValueError, match="it is named for two outputs"):
            outputs.add(tmp_path / "a")


def test_refused_arrays(tmp_path):
    text, objects, several = tmp_path / "text.npy", tmp_path / "o.npy", tmp_path / "s.npz"
    text.write_text("no array")
    np.save(objects, np.array([{}], dtype=object))
    np.savez(several, a=np.zeros(2))
    with pytest.raises(ValueError, match="^x cannot be read from .*: No such file or directory$"):
        load_array("x", tmp_path / "missing.npy")
    with pytest.raises(ValueError, match="^x cannot be read from .*: Is a directory$"):
        load_array("x", tmp_path)
    for path, rest in ((text, "which .* is not$"), (objects, "but .* holds Python objects$")):
        with pytest.raises(ValueError, match=f"^x must be a .npy file of numbers, {rest}"):
            load_array("x", path)
    with pytest.raises(ValueError, match="^x must be one .npy array, but .* is an archive"):
        load_array("x", several)


BAD_HEAD = "but the head of .* is cut off or damaged"
HUGE = b"{'descr': '<i8', 'fortran_order': False, 'shape': (99999, 99999, 99999), }"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "but .*bad.npy is empty"),
        (b"PK\x03\x04garbage", "which .*bad.npy is not"),
        (b"\x93NUMPY\x01\x00\x10\x00{'descr': '<i8', \n", BAD_HEAD),
        (b"\x93NUMPY\x01\x00\x10\x00{'descr(((((((((\n", BAD_HEAD),
        (b"\x93NUM", BAD_HEAD),
        (b"\x93NUMPY\x01\x00\x76\x00" + HUGE.ljust(117) + b"\n",
         r"but .*bad.npy is cut off: it has 0 of 7,999,760,002,399,992 bytes for \(99999, "),
    ],
)
def test_files_that_only_look_like_arrays(tmp_path, content, what):
    path = tmp_path / "bad.npy"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"^x must be a .npy file of numbers, {what}"):
        load_array("x", path)


def test_a_file_cut_off_anywhere(tmp_path):
    whole, part = tmp_path / "whole.npy", tmp_path / "part.npy"
    np.save(whole, np.arange(9))
    content = whole.read_bytes()
    for length in range(1, len(content)):
        part.write_bytes(content[:length])
        cut = "but .*part.npy is cut off: it has .* of 72 bytes"
        rest = cut if length >= 128 else BAD_HEAD  # the head's length
        with pytest.raises(ValueError, match=f"^x must be a .npy file of numbers, {rest}"):
            load_array("x", part)


def test_standard_output(capsysbinary):
    with OutputFiles() as outputs:
        file = outputs.add(Path("-"))
        file.write_text("whole")
        assert capsysbinary.readouterr().out == b""
        with pytest.raises(ValueError, match="^- cannot be written: it is named for two outputs"):
            outputs.add(Path("-"))
    assert capsysbinary.readouterr().out == b"whole"
    with suppress(KeyboardInterrupt), OutputFiles() as outputs:
        outputs.add(Path("-")).write_text("not whole")
        raise KeyboardInterrupt
    assert capsysbinary.readouterr().out == b""


def test_inputs_are_not_written_over(tmp_path):
    (tmp_path / "x.npy").touch()
    with OutputFiles([tmp_path / "x.npy"]) as outputs, pytest.raises(ValueError, match="an input"):
        outputs.add(tmp_path / "." / "x.npy")


def test_links_and_devices_stay_what_they_are(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    with OutputFiles() as outputs:
        outputs.add(link).write_text("through the link")
        full = outputs.add(Path("/dev/full"))
        with pytest.raises(ValueError, match="^/dev/full cannot be written: No space left on"):
            full.write_text("x")
    assert link.is_symlink()
    assert target.read_text() == "through the link"
    assert Path("/dev/full").is_char_device()
