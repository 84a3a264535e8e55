"""Workers: their environment, their threads, how they begin."""

import os

import torch

from convolith.sim.network.processes import Pool


def test_a_worker_has_the_environment_of_its_pool(monkeypatch):
    """Of the second pool, too, whose workers are forked from the same process."""
    for value in ("first", "second"):
        monkeypatch.setenv("CONVOLITH_TEST", value)
        with Pool(1) as pool:
            assert pool.submit(os.getenv, "CONVOLITH_TEST").result() == value
    monkeypatch.delenv("CONVOLITH_TEST")
    with Pool(1) as pool:
        assert pool.submit(os.getenv, "CONVOLITH_TEST").result() is None


def test_a_worker_has_one_thread_and_begins_as_told():
    with Pool(1, os.chdir, ("/",)) as pool:
        assert pool.submit(torch.get_num_threads).result() == 1
        assert pool.submit(os.getcwd).result() == "/"
        assert pool.submit(os.getpid).result() != os.getpid()
