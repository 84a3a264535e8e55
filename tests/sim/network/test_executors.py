"""Here, in processes, on a cluster: the same outcomes, each task once, whatever dies."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from distributed import LocalCluster, Nanny, Scheduler, SpecCluster
from networks import NAMES, small_tasks
from processors import for_an_older_processor

from convolith.model.compile.parts import Part
from convolith.sim.engines.amaranth import AmaranthSimulator
from convolith.sim.engines.contract.simulator import BuildError
from convolith.sim.engines.native.cache import Cache
from convolith.sim.engines.native.toolchain import Toolchain
from convolith.sim.engines.verilator import VerilatorSimulator
from convolith.sim.network import executors
from convolith.sim.network.cluster import Cluster
from convolith.sim.network.errors import ExecutorError
from convolith.sim.network.executors import Here, Processes
from convolith.sim.network.task import TaskError, code_version, random_tensors, run_task
from convolith.sim.network.workers import ClusterWorkers, LocalWorkers


def gather(executor, tasks):
    """The outcomes in the tasks' order, without what differs from run to run."""
    reported, outcomes = [], {}
    for number, outcome in executor.run(tasks, lambda n, cycles: reported.append((n, cycles))):
        assert number not in outcomes
        outcomes[number] = replace(outcome, simulation_s=0, other_s=0)
    assert sorted(outcomes) == list(range(len(tasks)))
    assert all(0 <= cycles <= tasks[n].cycles for n, cycles in reported)
    return [outcomes[number] for number in range(len(tasks))]


@pytest.fixture(scope="module")
def tasks(tmp_path_factory):
    return small_tasks(tmp_path_factory.mktemp("net"), workers=3, faults={"wide": "1,2,4"})


@pytest.fixture(scope="module")
def expected(tasks):
    return gather(Here(VerilatorSimulator()), tasks)


def unsplit(task):
    """The task's layer in one piece."""
    return replace(task, piece=Part(task.layer))


def test_here(tasks, expected):
    assert [outcome.equal for outcome in expected] == [task.name != "wide" for task in tasks]
    for task, outcome in zip(tasks, expected, strict=True):
        assert outcome.cycles == outcome.model_cycles == task.cycles
        assert outcome.simulator == "verilator"
    wrong = expected[NAMES.index("wide")]
    assert wrong.difference.startswith("output (n=0, oc=2, ox=0, oy=1) must be ")
    assert 0 < wrong.difference_cycle <= wrong.cycles


@pytest.fixture(scope="module")
def short(tasks, expected):
    """Tasks that take Amaranth's simulator a few seconds, and what it is to find."""
    numbers = [number for number, task in enumerate(tasks) if task.cycles < 3000]
    assert len(numbers) >= 2
    found = [replace(expected[number], simulator="amaranth") for number in numbers]
    return [tasks[number] for number in numbers], found


def test_amaranth_gives_the_same(short):
    tasks, expected = short
    assert gather(Here(AmaranthSimulator()), tasks) == expected


def test_processes(tasks, expected):
    assert gather(Processes("verilator", 2), tasks) == expected


def test_a_split_layers_wrong_output_is_named_in_the_layer(tasks):
    last = max(n for n, task in enumerate(tasks) if task.name == "long")
    task = replace(tasks[last], fault="0,1,0")
    outcome = run_task(task, VerilatorSimulator(), code_version(task.config))
    assert f"oc={task.piece.first_oc + 1}, " in outcome.difference


def test_random_numbers_do_not_depend_on_the_pieces(tasks):
    parts = [random_tensors(task) for task in tasks if task.name == "long"]
    whole = random_tensors(unsplit(tasks[-1]))
    assert np.array_equal(np.concatenate([w for _, w in parts]), whole[1])
    assert all(np.array_equal(x, whole[0]) for x, _ in parts)
    x, w = whole
    assert (x.min(), x.max()) == (-64, 63)  # 7 bits
    assert (w.min(), w.max()) == (-128, 127)


def test_another_version_is_refused(tasks):
    with pytest.raises(BuildError, match="^a worker must have the same Convolith as the command"):
        run_task(tasks[0], AmaranthSimulator(), "9.9 abc")


def test_sums_that_could_overflow_name_the_layer(tasks):
    config = replace(tasks[0].config, acc_bits=12)
    with pytest.raises(TaskError, match="^layer stem: acc_bits must be at least "):
        run_task(replace(tasks[0], config=config), AmaranthSimulator(), code_version(config))


def test_hardware_that_is_wrong_is_an_outcome(tasks, monkeypatch):
    monkeypatch.setattr("convolith.model.dataflow.cycles.START_LATENCY", 4)
    task = min(tasks, key=lambda task: task.cycles)
    outcome = run_task(task, VerilatorSimulator(), code_version(task.config))
    assert not outcome.equal
    assert outcome.difference.endswith("as the model says")


def die(number, task, simulator, version):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_dies(tasks, monkeypatch):
    monkeypatch.setattr(executors, "_work", die)
    with pytest.raises(ExecutorError, match="^a worker process died; it may have run out of memo"):
        gather(Processes("verilator", 2), tasks)


def test_a_caller_that_stops_early_stops_the_processes(tasks):
    short = min(tasks, key=lambda task: task.cycles)
    results = Processes("amaranth", 2).run([short, unsplit(tasks[-1])], lambda *_: None)
    next(results)
    began = time.monotonic()
    results.close()
    assert time.monotonic() - began < 5  # the long one takes 30 s on Amaranth's simulator


@pytest.fixture
def cluster():
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, protocol="tcp",
                      dashboard_address=None, memory_limit=0) as cluster:
        yield cluster


def test_cluster(cluster, tasks, expected):
    assert gather(Cluster(cluster.scheduler_address, "verilator"), tasks) == expected


def test_a_worker_that_falls_back_is_mentioned_once(short, caplog):
    tasks, expected = short
    with LocalCluster(n_workers=1, threads_per_worker=1, protocol="tcp", dashboard_address=None,
                      env={"CXX": "/none"}) as cluster:
        found = gather(Cluster(cluster.scheduler_address, "auto"), tasks)
    assert found == expected
    said = [record.message for record in caplog.records if record.name.startswith("convolith")]
    assert [text.partition(" (")[0] for text in said] == [
        "a worker cannot build Verilator's core"
    ]


def test_workers_of_different_processors(tasks, expected, tmp_path):
    """They share a cache on one disk, in which each finds the library that it can run."""
    compilers = [Toolchain.find().compiler[0], for_an_older_processor()]
    workers = {
        number: {"cls": Nanny, "options": {
            "nthreads": 1, "env": {"CXX": compiler, "CONVOLITH_CACHE": str(tmp_path)},
        }} for number, compiler in enumerate(compilers)
    }
    scheduler = {"cls": Scheduler, "options": {"dashboard": False, "port": 0}}
    with SpecCluster(scheduler=scheduler, workers=workers) as cluster:
        cluster.wait_for_workers(len(workers))
        found = gather(Cluster(cluster.scheduler_address, "verilator"), tasks)
    assert found == expected
    built = [entry.what for entry in Cache(tmp_path).entries()]
    assert built.count(f"{tasks[0].config.shape} core") == len(workers)


def test_a_worker_that_is_killed(cluster, tasks, expected):
    """In the middle: some outcomes are there, others are under way on it."""
    executor = Cluster(cluster.scheduler_address, "verilator")
    assert executor.workers == 2
    many = tasks * 6
    worker = next(iter(cluster.workers.values()))
    outcomes = {}
    for number, outcome in executor.run(many, lambda *_: None):
        assert number not in outcomes
        outcomes[number] = replace(outcome, simulation_s=0, other_s=0)
        if len(outcomes) == 3:
            os.kill(worker.pid, signal.SIGKILL)
    assert [outcomes[n] for n in range(len(many))] == expected * 6


def test_a_scheduler_that_is_killed(tasks, tmp_path):
    dask = [sys.executable, "-m", "dask"]
    options = {"cwd": tmp_path, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen(
        [*dask, "scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", "s.json"],
        **options,
    )
    address = tmp_path / "s.json"
    while not address.exists() or not address.read_text():
        time.sleep(0.1)
    worker = subprocess.Popen(
        [*dask, "worker", "--scheduler-file", "s.json", "--nthreads", "1", "--no-dashboard"],
        **options,
    )
    try:
        results = None
        while results is None:
            try:
                executor = Cluster(json.loads(address.read_text())["address"], "verilator")
                results = executor.run(tasks * 50, lambda *_: None)
            except ExecutorError:  # no worker yet
                time.sleep(0.2)
        next(results)
        scheduler.kill()
        with pytest.raises(ExecutorError, match="^the Dask scheduler is gone: "):
            list(results)
    finally:
        for process in (scheduler, worker):
            process.kill()
            process.wait()


def test_workers(cluster):
    """Functions on processes and on a cluster; a call can depend on what there is until then."""
    for workers in LocalWorkers(2), ClusterWorkers(cluster.scheduler_address):
        seen = []

        def calls(seen=seen):
            while len(seen) < 9:
                yield partial(divmod, 70, 10)

        for result in workers.results(calls()):
            seen.append(result)
        assert set(seen) == {(7, 0)}
        assert 9 <= len(seen) <= 12


def test_a_call_that_fails(cluster):
    for workers in LocalWorkers(1), ClusterWorkers(cluster.scheduler_address):
        with pytest.raises(ZeroDivisionError):
            list(workers.results(iter([partial(divmod, 1, 0)])))


def test_workers_that_are_all_gone(tasks, monkeypatch):
    monkeypatch.setattr("convolith.sim.network.connection.ALONE_S", 1)
    with LocalCluster(n_workers=1, threads_per_worker=1, protocol="tcp", dashboard_address=None,
                      memory_limit=0) as cluster:
        results = Cluster(cluster.scheduler_address, "verilator").run(tasks * 50, lambda *_: None)
        next(results)
        cluster.scale(0)
        with pytest.raises(ExecutorError, match="^the Dask cluster has had no worker for 1 s$"):
            list(results)


def test_no_cluster(monkeypatch):
    monkeypatch.setattr("convolith.sim.network.connection.CONNECT_S", 1)
    with pytest.raises(ExecutorError, match="^no Dask scheduler answers at tcp://127.0.0.1:9: "):
        Cluster("tcp://127.0.0.1:9", "auto")
    with pytest.raises(ExecutorError, match="^no Dask scheduler answers at nonsense://x: "):
        Cluster("nonsense://x", "auto")
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(ExecutorError, match="^--cluster needs the Python package distributed "):
        Cluster("tcp://127.0.0.1:9", "auto")


def test_a_cluster_without_workers():
    with (
        LocalCluster(n_workers=0, protocol="tcp", dashboard_address=None) as cluster,
        pytest.raises(ExecutorError, match="must have a worker, but has none$"),
    ):
        Cluster(cluster.scheduler_address, "auto")
