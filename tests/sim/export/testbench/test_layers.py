"""Exported folders, run by Icarus from their files alone: layers of every mapping pass."""

import pytest
from exported import build, play, write_bench
from exported_layers import LAYERS, compiled, random_layer
from icarus_play import needs_icarus

pytestmark = needs_icarus


def check(folder, layer, **options):
    """It passes with the model's cycles, and with gaps in all streams."""
    build(write_bench(folder, layer, **options))
    rows = sum(len(rows) for rows in layer.rows)
    result = f"PASS rows={rows} cycles={layer.cycles}"
    assert play(folder) == (0, result)
    for seed in (1, 2):
        status, text = play(folder, f"+stall={seed}")
        assert status == 0
        assert text.startswith(f"PASS rows={rows} cycles=")
        assert text.endswith(f" with stalls, {layer.cycles} without")
    assert f"`{result}`" in (folder / "README.md").read_text()


@pytest.mark.parametrize("on_chip", [True, False], ids=["memories", "no-memories"])
@pytest.mark.parametrize("name", LAYERS)
def test_layer(tmp_path, name, on_chip):
    check(tmp_path, compiled(name), on_chip=on_chip)


def test_random_layer(tmp_path, exported_number):
    layer, on_chip = random_layer(exported_number)
    check(tmp_path, layer, on_chip=on_chip)
