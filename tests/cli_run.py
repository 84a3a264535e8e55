"""``convolith run`` in the tests: a small array, files to run, and the call."""

import numpy as np

from convolith.sim.commands.cli import main

SMALL = ["--rows", "2", "--cols", "2", "--act-words", "64", "--weight-words", "64"]
GOOD = ["--input", "x.npy", "--weight", "w.npy", "--groups", "2"]


def save_arrays(folder):
    """x.npy (1,4,3,5), w.npy (4,2,2,2), b.npy, and the floats xf.npy, wf.npy."""
    rng = np.random.default_rng(7)
    np.save(folder / "x.npy", rng.integers(-128, 128, (1, 4, 3, 5)).astype(np.int8))
    np.save(folder / "w.npy", rng.integers(-128, 128, (4, 2, 2, 2)))
    np.save(folder / "b.npy", rng.integers(-1000, 1000, 4))
    np.save(folder / "xf.npy", rng.integers(-20, 20, (2, 3, 6)).astype(np.float32) / 4)
    np.save(folder / "wf.npy", rng.integers(-20, 20, (2, 3, 2)).astype(np.float32) / 2)


def run(*words):
    return main(["run", "--sim", "amaranth", *words])
