"""Workers: their environment, their threads, how they begin."""

import os
import subprocess
import sys

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


def test_ctrl_c_while_workers_import_is_for_the_command_alone():
    """The process from which they are forked starts early, and imports PyTorch for a second."""
    script = (
        "import os, signal, time\nfrom multiprocessing import forkserver\n"
        "from convolith.sim.network.processes import Pool, start_early\n"
        "start_early()\ntime.sleep(0.5)\n"
        "assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])\n"
        "os.kill(forkserver._forkserver._forkserver_pid, signal.SIGINT)\n"
        "with Pool(1) as pool:\n    print(pool.submit(abs, -3).result())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "3\n", "")
