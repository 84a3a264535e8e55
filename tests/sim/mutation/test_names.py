"""What mutated cells are called: the same when something else changes."""

import pytest
from amaranth.hdl import Signal

from convolith.hw.sequencer import credits
from convolith.sim.mutation.cells import read_cells
from convolith.sim.mutation.configurations import CONFIGURATIONS
from convolith.sim.mutation.design import mutated_design
from convolith.sim.mutation.names import named_cells

MODULE = r"""
module \top
  wire width 8 \block.inner$33.count
  wire $auto$rtlil.cc:1:Y$7
  wire width 8 $flatten\block.\inner$33.$1
  wire width 8 $flatten\block.\inner$33.$2
  attribute \src "hw/sequencer/credits.py:1"
  cell $sdff $auto$ff.cc:337:slice$488[7:4][1:0]
    connect \SRST $auto$rtlil.cc:1:Y$7
    connect \D $flatten\block.\inner$33.$1 [5:4]
    connect \Q \block.inner$33.count [5:4]
  end
  attribute \src "hw/sequencer/credits.py:1"
  cell $sdff $auto$ff.cc:337:slice$488[3:0]
    connect \SRST $auto$rtlil.cc:1:Y$7
    connect \D $flatten\block.\inner$33.$1 [3:0]
    connect \Q \block.inner$33.count [3:0]
  end
  cell $or $auto$opt_dff.cc:277:combine_resets$9
    connect \A 1'0
    connect \B 1'0
    connect \Y $auto$rtlil.cc:1:Y$7
  end
  cell $mux $flatten\block.\inner$33.$procmux$150
    connect \A $flatten\block.\inner$33.$2
    connect \B 8'00000000
    connect \Y $flatten\block.\inner$33.$1
  end
  attribute \src "hw/sequencer/credits.py:2"
  cell $add $flatten\block.\inner$33.$12[7:2][3:1]
    connect \A \block.inner$33.count
    connect \Y $flatten\block.\inner$33.$2
  end
  attribute \src "hw/sequencer/credits.py:2"
  cell $add $flatten\block.\inner$33.$11
    connect \A \block.inner$33.count
    connect \Y $flatten\block.\inner$33.$2
  end
  attribute \src "hw/sequencer/credits.py:2"
  cell $add $flatten\block.\inner$33.$12[0]
    connect \A \block.inner$33.count
    connect \Y $flatten\block.\inner$33.$2
  end
  cell $mem_v2 \block.inner$33.words
  end
end
"""


def test_names():
    """A register's own name and bits; block and kind; what it drives; and a count."""
    found = named_cells(read_cells(MODULE))
    names = {key.rpartition("$")[2]: named.name for key, named in found.items()}
    assert names == {
        "488[7:4][1:0]": "block.inner.count[5:4]", "488[3:0]": "block.inner.count[3:0]",
        "9": "block.inner.count SRST", "150": "block.inner.count D",
        "12[7:2][3:1]": "block.inner $add 2[5:3]", "12[0]": "block.inner $add 2[0]",
        "11": "block.inner $add 1", "33.words": "block.inner.words",
    }
    # Without a line of its own: the file of the block's other cells.
    assert {str(named.source) for named in found.values()} == {
        "hw/sequencer/credits.py:1", "hw/sequencer/credits.py:2", "hw/sequencer/credits.py"
    }
    numbered = MODULE
    for number in ("488", "150", "33", "12", "11", "$7", "$9", "337"):
        numbered = numbered.replace(number, number[:-1] + "77" + number[-1])
    assert [named.name for named in named_cells(read_cells(numbered)).values()] == [
        named.name for named in found.values()
    ]


@pytest.mark.parametrize("name", ["plain", "stored"])
def test_a_change_of_one_block_leaves_the_others(name, monkeypatch):
    """With one more register in the credits nearly all other mutants are the same ones."""
    before = mutated_design(name, CONFIGURATIONS[name], 550, 1)
    elaborate = credits.Credits.elaborate

    def with_a_register(self, platform):
        sent, self.sent = self.sent, Signal(name="sent_again")
        m = elaborate(self, platform)
        m.d.sync += self.sent.eq(sent)
        return m

    monkeypatch.setattr(credits.Credits, "elaborate", with_a_register)
    after = mutated_design(name, CONFIGURATIONS[name], 550, 1)
    keys = [{one.key for one in d.mutants if "credits" not in one.block} for d in (before, after)]
    assert before.flat != after.flat
    assert len(keys[0] & keys[1]) >= 0.9 * len(keys[0])
