"""A bit of an exported folder is changed: the bench fails, where the change matters."""

import re
from dataclasses import replace

import numpy as np
import pytest
from exported import build, play, write_bench
from exported_layers import LAYERS, compiled
from icarus_play import needs_icarus

from convolith.model.numbers.packing import from_ints, to_ints
from convolith.model.options.units import memories, registers
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.contract.errors import SimulationError
from convolith.sim.engines.model import ModelSimulator

pytestmark = needs_icarus

ONLY_WAVES = ("group_oc", "one_dimensional")
"""Registers that waveforms alone show."""


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    """Layers and their folders, built, by name."""
    made = {}

    def folder(name):
        if name not in made:
            layer = compiled(name)
            made[name] = layer, build(write_bench(tmp_path_factory.mktemp("bench"), layer))
        return made[name]

    return folder


def flip(path, line, bit):
    """Flips a bit of a hex file's word; comments and addresses are no words."""
    lines = path.read_text().splitlines()
    words = [i for i, text in enumerate(lines) if not text.startswith(("//", "@"))]
    text = lines[words[line]]
    digits = [i for i, digit in enumerate(text) if digit != "_"]
    at = digits[len(digits) - 1 - bit // 4]
    changed = f"{int(text[at], 16) ^ 1 << bit % 4:x}"
    lines[words[line]] = text[:at] + changed + text[at + 1 :]
    path.write_text("\n".join([*lines, ""]))


def verdict(folder, *files):
    """What the bench says of changed files, which are then put back."""
    status, text = play(folder)
    for path, content in files:
        path.write_text(content)
    assert text.startswith("PASS" if status == 0 else "FAIL")
    return status, text


def other_words(layer, rng):
    """A memory's word with a flipped bit: its file, line and bit, and the changed program."""
    choices = [
        (i, name) for i, step in enumerate(layer.program) for name in step.words
    ]
    which, name = choices[rng.integers(len(choices))]
    memory, step = memories(layer.config)[name], layer.program[which]
    ints = to_ints(step.words[name], memory.number_bits)
    index, bit = int(rng.integers(len(ints))), int(rng.integers(memory.word_bits))
    ints[index] ^= 1 << bit
    numbers = step.words[name].shape[1]
    words = from_ints(ints, numbers, memory.number_bits).astype(step.words[name].dtype)
    program = list(layer.program)
    program[which] = replace(step, words={**step.words, name: words})
    before = sum(len(earlier.words.get(name, ())) for earlier in layer.program[:which])
    return (f"{name}.hex", before + index, bit), program


def other_registers(layer, rng):
    """A register with a flipped bit, likewise."""
    which, fields = int(rng.integers(len(layer.program))), registers(layer.config)
    place = int(rng.integers(len(fields)))
    field, step = fields[place], layer.program[which]
    bit = int(rng.integers(field.bits))
    program = list(layer.program)
    changed = {**step.registers, field.name: step.registers[field.name] ^ 1 << bit}
    program[which] = replace(step, registers=changed)
    first = sum(field.bits for field in fields[:place])
    return (field.name, ("layer.hex", which, first + bit)), program


def same(layer, simulator, program):
    """Whether a changed program gives the same rows, in the same cycles."""
    try:
        run = simulator.run(program)
    except (SimulationError, IndexError):
        return False
    rows = len(run.rows) == len(layer.rows) and all(
        np.array_equal(*pair) for pair in zip(run.rows, layer.rows, strict=True)
    )
    return rows and run.step_cycles == tuple(step.cycles for step in layer.program)


def test_a_word_of_a_memory(folders, exported_number):
    rng = np.random.default_rng((1, exported_number))
    layer, folder = folders(list(LAYERS)[exported_number % len(LAYERS)])
    (name, line, bit), program = other_words(layer, rng)
    path = folder / name
    content = path.read_text()
    flip(path, line, bit)
    status, text = verdict(folder, (path, content))
    if not same(layer, ModelSimulator(), program):
        assert status == 1
        assert re.match(r"FAIL: (output \(n=|number)", text)
    elif layer.memory is None:
        assert status == 0
    elif status:  # a stored layer's input is compared afterwards
        assert name == "act.hex"
        assert text.startswith("FAIL: the activation memory's word")


def test_a_register(folders, exported_number):
    rng = np.random.default_rng((2, exported_number))
    layer, folder = folders(list(LAYERS)[exported_number % len(LAYERS)])
    (name, (file, line, bit)), program = other_registers(layer, rng)
    path = folder / file
    content = path.read_text()
    flip(path, line, bit)
    status, _ = verdict(folder, (path, content))
    if not same(layer, AmaranthSimulator(), program):
        assert status == 1
    elif name in ONLY_WAVES:
        assert status == 0


@pytest.mark.parametrize("file", ["rows.hex", "pieces.hex", "stored.hex"])
def test_what_is_expected(folders, exported_number, file):
    rng = np.random.default_rng((3, exported_number))
    names = [name for name in LAYERS if file != "stored.hex" or name.startswith("stored")]
    layer, folder = folders(names[exported_number % len(names)])
    path = folder / file
    content = path.read_text()
    words = [text for text in content.splitlines() if not text.startswith(("//", "@"))]
    bits = {
        "rows.hex": layer.program[-1].last_bit + 1,
        "pieces.hex": 12,  # of the cycles
        "stored.hex": layer.config.lanes * layer.config.act_bits,
    }[file]
    flip(path, int(rng.integers(len(words))), int(rng.integers(bits)))
    status, text = verdict(folder, (path, content))
    assert status == 1
    assert {"rows.hex": "FAIL: ", "pieces.hex": "FAIL: piece", "stored.hex": "FAIL: the act"}[
        file
    ] in text


def test_a_pe(tmp_path, exported_number):
    """A PE's sums begin at a power of two instead of 0; the model says which PEs are in use."""
    rng = np.random.default_rng((4, exported_number))
    names = [name for name in LAYERS if not compiled(name).program[-1].output]
    layer = compiled(names[exported_number % len(names)])
    folder = write_bench(tmp_path, layer)
    rows, columns = layer.program[0].tiling.first_outputs
    row, column = (int(rng.choice(of)) for of in (rows, columns))
    path = folder / "convolith.v"
    head, pe, tail = re.split(
        rf"(module \\convolith\.core\.array\.pe_{row}_{column} .*?endmodule)", path.read_text(),
        flags=re.DOTALL,
    )
    zero = "first ? 32'd0 : accumulator"
    assert zero in pe
    start = 1 << int(rng.integers(32))
    path.write_text(head + pe.replace(zero, zero.replace("32'd0", f"32'd{start}")) + tail)
    status, text = play(build(folder))
    assert status == 1
    assert text.startswith("FAIL: output (n=0, oc=")
