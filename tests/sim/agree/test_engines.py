"""All engines on small cores; and engines that are broken on purpose."""

import re

import pytest
from icarus_play import needs_icarus
from small_rounds import small_round

from convolith.hw.verilog import core_verilog
from convolith.sim.agree.agreement import Agreement
from convolith.sim.agree.cases import drawn_rounds
from convolith.sim.agree.engines import ENGINES, Engine, chosen_engines
from convolith.sim.agree.netlists import cached_netlist, netlist_refusal
from convolith.sim.engines.native.cache import Cache
from convolith.sim.engines.played.icarus import IcarusPlayer
from convolith.sim.engines.played.simulator import PlayedSimulator
from convolith.sim.layers.case import Case
from convolith.sim.mutation.configurations import CONFIGURATIONS
from convolith.sim.synthesis.target import TARGETS

pytestmark = needs_icarus
ROUNDS = [small_round("plain"), small_round("plain", waits=True)]


def agreed(engines, name="plain", rounds=ROUNDS):
    """Engines after some rounds."""
    agreement = Agreement(engines, lambda text: None)
    agreement.run(name, CONFIGURATIONS[name], rounds)
    return agreement


def broken(verilog, *, ready=True):
    """An engine in whose Verilog something has been changed."""
    return Engine(
        name="broken", reads="what was broken",
        make=lambda: PlayedSimulator(IcarusPlayer("broken", lambda config: verilog), ready=ready),
    )


def test_the_engines_agree():
    names = ["model", "amaranth", "verilator", "icarus", "cxxrtl", "ecp5"]
    agreement = agreed(chosen_engines(names))
    assert agreement.findings == []
    assert [tally.engine.name for tally in agreement.tallies] == names
    counts = {(tally.layers, tally.rows, tally.cycles) for tally in agreement.tallies}
    assert len(counts) == 1
    assert next(iter(counts))[0] == 8


@pytest.mark.full
@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_all_engines_on_every_configuration(name):
    rounds = list(drawn_rounds(CONFIGURATIONS[name], 5, 2))
    agreement = agreed(list(ENGINES.values()), name, rounds)
    assert agreement.findings == []
    left_out = {tally.engine.name for tally in agreement.tallies if tally.left_out}
    expected = {"sums": set(), "packed": set(), "plain": {"ice40"}}
    assert left_out == expected.get(name, {"ice40", "xilinx7"})


@pytest.mark.parametrize(("column", "place"), [(0, 5), (1, 40)])
def test_a_netlist_with_one_other_cell(column, place):
    """Both LUTs of a bit of the drain have all bits of their tables inverted.

    ``place``: in the order in which Yosys numbers the bits.
    """
    target = TARGETS["ecp5-25k"]
    text = cached_netlist(CONFIGURATIONS["plain"], target, Cache())
    cell = re.compile(
        rf"(assign \S*drain\.sums_TRELLIS_FF_Q_{place}_DI_PFUMX_Z_[AB]LUT_LUT4_Z\.s3  = \S+  \? )"
        r"8'h(\w\w) : 8'h(\w\w);"
    )

    def inverted(found):
        halves = [f"8'h{255 - int(half, 16):02x}" for half in found.groups()[1:]]
        return f"{found[1]}{halves[0]} : {halves[1]};"

    wrong, count = cell.subn(inverted, text)
    assert count == 2
    agreement = agreed([ENGINES["ecp5"], broken(wrong, ready=False)])
    ((engine, finding),) = agreement.findings
    assert engine.name == "broken"
    difference = finding.difference
    assert (finding.configuration, finding.round) == ("plain", 1)
    assert (difference.place.layer, difference.row) == (1, 0)
    assert difference.cycle == ROUNDS[0].expected.events[0].row_cycles[0]
    assert f"in column {column}, not {difference.expected}" in difference.what
    assert bin((difference.found ^ difference.expected) & 0xFFFFFFFF).count("1") == 1
    assert isinstance(finding.case, Case)
    tally = agreement.tallies[1]
    assert tally.layers == ROUNDS[0].layers  # and no more rounds


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        # A word of activations is a cycle late.
        ("read_data <= word;", "begin late <= word; read_data <= late; end", r"layer 1: row \d+, "),
        (".i_layer__ready(i_layer__ready)", ".i_layer__ready()", "i_layer__ready is undefined in"),
        (".o__valid(o__valid)", ".o__valid()", "o__valid is undefined in clock cycle 1"),
    ],
)
def test_verilog_that_is_broken(old, new, sentence):
    text = core_verilog(CONFIGURATIONS["plain"])
    assert old in text
    text = text.replace(old, new, 1).replace(
        "reg [WIDTH-1:0] data =", "reg [WIDTH-1:0] late = 0;\n  reg [WIDTH-1:0] data ="
    )
    ((_, finding),) = agreed([broken(text)]).findings
    assert re.match(sentence, str(finding.difference))


def test_which_cores_have_a_netlist():
    refusals = {
        name: [
            netlist_refusal(config, TARGETS[target])
            for target in ("ecp5-25k", "ice40up5k", "xilinx7")
        ]
        for name, config in CONFIGURATIONS.items()
    }
    names = [{name for name, found in refusals.items() if not found[i]} for i in range(3)]
    assert names == [set(CONFIGURATIONS), {"sums", "packed"}, {"plain", "sums", "packed"}]
    assert refusals["plain"][1] == (
        "rows * cols * dot must need at most 8 multiplier cells for ice40up5k, not 12 with 3x2x2"
    )
    assert refusals["tflite"][1] == (
        "the products of the lanes do not fit the multipliers of ice40up5k"
    )
    assert refusals["tflite"][2] == (
        "Icarus runs some 40 cycles per second of a netlist of xilinx7 with lanes"
    )
