"""The sizes of `room`: no array of up to 8 rows has an output FIFO of another depth."""

from random import Random

import pytest

from convolith.hw.output.properties.room import CORES, MOST_ROWS, depths
from convolith.model.dataflow.cycles import output_rows
from convolith.model.options.config import ArrayConfig


def test_each_array_has_one_of_the_depths():
    random, found = Random(1), set()
    while len(found) < len(CORES):  # all of them
        lanes = random.choice((0, 0, 1, 2))
        size = {"rows": random.randint(1, MOST_ROWS), "cols": random.choice((2, 4, 16))}
        dot = random.choice((random.randint(1, 16), random.randint(1, 256), 256))
        try:
            config = ArrayConfig(
                **size, dot=dot, lanes=dot * random.randint(1, 48), post_lanes=lanes,
                depthwise=random.random() < 0.5, pack_edges=random.random() < 0.5,
                bias_words=random.choice((0, 256)), sum_words=random.choice((0, 1024)),
            )
        except ValueError:  # lanes need a bias
            continue
        core = {"rows": config.rows, "depth": output_rows(config)}
        assert core in CORES
        found.add(tuple(core.values()))


@pytest.mark.parametrize(
    ("rows", "dot", "beats", "depth"),
    [(1, 129, 1, 31), (1, 1, 40, 3), (2, 33, 3, 24), (3, 128, 1, 36), (4, 129, 1, 40),
     (5, 32, 1, 40), (7, 129, 1, 49)],
)
def test_wide_adders_and_long_tiles(rows, dot, beats, depth):
    plain, shared = (
        ArrayConfig(rows=rows, dot=dot, lanes=dot * beats, depthwise=shares)
        for shares in (False, True)
    )
    assert output_rows(plain) == depth
    assert depth in depths(rows)
    # With shared words a layer with few channels has shorter tiles, which need more room.
    assert output_rows(shared) >= depth
    assert output_rows(shared) in depths(rows)
