"""Places in an image, counted one by one."""

from itertools import product

from convolith.model.dataflow.inside import inside


def test_all_small_ones():
    for first, step, count, extent in product(range(-7, 9), range(1, 5), range(6), range(1, 8)):
        places = [first + i * step for i in range(count)]
        assert inside(first, step, count, extent) == sum(0 <= p < extent for p in places)
