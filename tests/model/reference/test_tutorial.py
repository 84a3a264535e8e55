"""The tutorial's values: what it prints is what PyTorch and our nests compute."""

import numpy as np
import pytest
import torch
from torch import nn

from convolith.model.reference import loops
from convolith.model.reference.tutorial import CASES

by_name = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@by_name
def test_printed_is_pytorchs_module(case):
    # In float32, as the tutorial runs it.
    kind = nn.Conv1d if case.x.ndim == 3 else nn.Conv2d
    module = kind(case.x.shape[1], case.w.shape[0], case.w.shape[2:], bias=False)
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(case.w))
        y = module(torch.from_numpy(case.x).float())
    assert np.array_equal(y.numpy(), case.printed)


@by_name
def test_printed_is_the_loop_nests(case):
    nest = loops.conv1d_batch if case.x.ndim == 3 else loops.conv2d_batch
    assert np.array_equal(nest(case.x, case.w), case.printed)


def test_the_six_convolutions_and_the_seventh_input_are_there():
    assert [(case.x.ndim, len(case.x), case.x.shape[1]) for case in CASES] == [
        (3, 1, 1), (4, 1, 1), (3, 1, 3), (4, 1, 3), (3, 2, 3), (3, 2, 3), (4, 2, 3),
    ]
    by_hand, by_pytorch = CASES[4], CASES[5]
    assert np.argwhere(by_hand.x != by_pytorch.x).tolist() == [[0, 2, 11]]
