"""Where words may begin: what is no address, and addresses behind the last ones."""

from dataclasses import replace

import pytest
from messages import exactly

from convolith.model.compile.bases import Bases
from convolith.model.compile.chain import chain, last_bases, placed
from convolith.model.compile.mapping import Mapping
from convolith.model.compile.piece import whole_piece
from convolith.model.compile.schedule import Schedule
from convolith.model.layer import ConvLayer
from convolith.model.options.config import ArrayConfig

CONFIG = ArrayConfig(
    rows=2, cols=2, lanes=4, act_bits=8, weight_bits=9, acc_bits=32, act_words=32, weight_words=16,
    bias_words=8, post_lanes=1, store_results=True,
)


@pytest.mark.parametrize("value", ["x", 1.5, None, [1], True])
def test_what_is_no_address(value):
    for name in ("act", "weight", "bias"):
        with pytest.raises(TypeError, match=exactly(
            f"the {name} base must be an integer, not {value!r}"
        )):
            Bases(**{name: value})
    with pytest.raises(ValueError, match=exactly("the bias base must be at least 0, not -1")):
        Bases(bias=-1)


def test_the_last_places_of_a_layer():
    """Three words of 4 activations; two channels in a word of weights; a bias for 2 of 3."""
    layer = ConvLayer(IC=4, OC=3, IY=3, KY=1, dims=1)
    whole = Schedule(CONFIG, layer, (whole_piece(Mapping(CONFIG, layer)),))
    last = Bases(act=32 - 3, weight=16 - 2 * 4, bias=8 - 2)
    assert whole.last_bases == last
    last.check(last)
    for name in ("act", "weight", "bias"):
        most = getattr(last, name)
        with pytest.raises(ValueError, match=exactly(
            f"the {name} base must be from 0 to {most}, not {most + 1}"
        )):
            replace(last, **{name: most + 1}).check(last)
    nothing = Schedule(CONFIG, replace(layer, N=0), ())
    assert nothing.last_bases == Bases(act=32, weight=16, bias=8)


def test_the_last_places_of_a_chain():
    """A layer's input has room, and what the layer before stores for it."""
    layers = [ConvLayer(IC=3, OC=6, IY=5, KY=2, dims=1), ConvLayer(IC=6, OC=3, IY=4, KY=1, dims=1)]
    links = chain(replace(CONFIG, weight_words=32), layers)
    last = last_bases(links)
    assert [base.act for base in last] == [32 - 5, 32 - 8]
    for number in (0, 1):
        bases = [Bases(), Bases()]
        bases[number] = replace(last[number], act=last[number].act + 1)
        with pytest.raises(ValueError, match=f"^the act base must be from 0 to {last[number].act}"):
            placed(links, bases)
