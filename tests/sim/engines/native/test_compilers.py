"""Each compiler of this machine builds the core, for this very processor."""

import os
import shutil

import pytest
from drawing import random_ints
from processors import for_an_older_processor

from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.native.build import build
from convolith.sim.engines.native.cache import Cache
from convolith.sim.engines.native.toolchain import COMPILERS, Toolchain
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.layers.plain.convolution import Convolution

FOUND = {os.path.realpath(path): name for name in COMPILERS if (path := shutil.which(name))}

def equals_pytorch(config):
    x, w = random_ints(1, (1, 6, 7, 5), 8), random_ints(2, (9, 6, 3, 3), 8)
    result = Convolution.prepare(config, x, w, padding=1).run(VerilatorSimulator())
    return result.equal and result.cycles == result.model_cycles


@pytest.mark.parametrize("compiler", FOUND.values())
def test_each_compiler(monkeypatch, compiler):
    """They take the loops, and Verilator's runtime links (clang wants a library for atomics)."""
    monkeypatch.setenv("CXX", compiler)
    assert equals_pytorch(ArrayConfig(rows=3, cols=4, dot=2))


def test_what_the_code_may_use_is_known(monkeypatch):
    """This very processor's; or what the user says, which may be the same."""
    here = Toolchain.find()
    monkeypatch.setenv("CXX", for_an_older_processor())
    older = Toolchain.find()
    assert older.native == ()
    assert older.processor != here.processor
    monkeypatch.setenv("CXX", f"{here.compiler[0]} -march=native")
    assert Toolchain.find().native == ()
    assert Toolchain.find().processor == here.processor


def test_a_library_for_another_processor_is_not_taken(monkeypatch):
    """The same compiler with the same options, on another machine, and the same cache."""
    config, cache = ArrayConfig(rows=1, cols=1), Cache()
    here = build(config, cache)
    monkeypatch.setattr(Toolchain, "processor", "one that can do less")
    assert build(config, cache) != here
