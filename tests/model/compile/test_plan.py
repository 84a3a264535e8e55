"""Which tasks a network is."""

from networks import CONFIG, NAMES, small_network, small_tasks

from convolith.model.compile.registers import layer_registers
from convolith.model.dataflow.cycles import cycles
from convolith.model.dataflow.dense.tiling import DenseTiling
from convolith.model.layer import ConvLayer
from convolith.model.networks.network import NamedLayer
from convolith.model.options.config import ArrayConfig
from convolith.sim.network.plan import plan, wide_enough


def test_one_worker_gets_whole_layers(tmp_path):
    tasks = small_tasks(tmp_path)
    assert [task.name for task in tasks] == NAMES
    assert all(task.piece.layer == task.layer for task in tasks)


def test_a_large_layer_is_split_for_many(tmp_path):
    tasks = small_tasks(tmp_path, workers=3)
    _, layers, config = small_network(tmp_path)
    share = sum(cycles(DenseTiling(config, named.layer)) for named in layers) / 3
    names = [task.name for task in tasks]
    assert names.count("long") > 1
    assert [names.count(name) for name in NAMES[:3]] == [1, 1, 1]
    assert max(task.cycles for task in tasks) < share


def test_more_workers_than_cycles(tmp_path):
    # One per tile of output channels; the depthwise layer's groups are computed two at a time.
    assert len(small_tasks(tmp_path, workers=10**6)) == 3 + 8 // 2 + 10 + 14


def test_faults_go_to_the_first_piece(tmp_path):
    tasks = small_tasks(tmp_path, workers=3, faults={"long": "0,0,1"})
    assert [task.fault for task in tasks if task.name == "long"][:2] == ["0,0,1", None]
    assert all(task.fault is None for task in tasks if task.name != "long")


def test_addresses_reach_every_word():
    layer = ConvLayer(IC=1, OC=1, IX=1100, IY=1100, KX=1, KY=1)
    config = wide_enough(ArrayConfig(rows=1, cols=1), [NamedLayer("big", layer)])
    assert config.addr_bits == 21
    layer_registers(DenseTiling(config, layer))
    assert wide_enough(CONFIG, []).addr_bits == CONFIG.addr_bits


def test_keys_hold_what_matters(tmp_path):
    path, layers, config = small_network(tmp_path)
    _, twice, _ = small_network(tmp_path, batch=2)
    plans = [
        plan(config, layers, 5), plan(config, layers, 6), plan(config, twice, 5),
        plan(config, layers, 5, faults={name: "0,0,1" for name in NAMES}),
        plan(wide_enough(ArrayConfig(rows=4), layers), layers, 5),
    ]
    keys = {task.key for tasks in plans for task in tasks}
    assert len(keys) == 5 * len(NAMES)
    assert [task.key for task in plan(config, layers, 5)] == [task.key for task in plans[0]]
