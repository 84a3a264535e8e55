"""Our models of the ECP5's cells, each by itself, against what their guides say, in Icarus."""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

import convolith.sim.synthesis.netlist as netlist

pytestmark = pytest.mark.skipif(
    not shutil.which("iverilog"),
    reason="Icarus is not installed (Debian: apt-get install iverilog)",
)
CYCLES = 300


def simulate(folder, cell, parameters, ports, output, rows):
    """The cell's output, as text, after each row of port values, before the clock's edge.

    ``ports`` and ``output``: names and widths; bit i of a port wider than 1 is the cell's NAMEi.
    """

    def connect(name, width):
        if width == 1:
            return f".{name}({name})"
        return ", ".join(f".{name}{i}({name}[{i}])" for i in range(width))

    clocks = ["CLK0"] if cell == "MULT18X18D" else ["CLKA", "CLKB"]
    settings = ", ".join(f".{name}({value})" for name, value in parameters.items())
    lines = ["module bench;", "  reg clk = 0;"]
    lines += [f"  reg [{width - 1}:0] {name};" for name, width in ports.items()]
    lines += [f"  wire [{width - 1}:0] {name};" for name, width in output.items()]
    wires = [f".{clock}(clk)" for clock in clocks]
    wires += [connect(*port) for port in (ports | output).items()]
    lines.append(f"  {cell} #({settings}) cell_ ({', '.join(wires)});")
    lines.append("  initial begin")
    (shown,) = output
    for row in rows:
        values = {name: int(row.get(name, 0)) for name in ports}
        lines += [f"    {name} = {width}'d{values[name]};" for name, width in ports.items()]
        lines.append(f'    #1 $display("%h", {shown}); #1 clk = 1; #1 clk = 0;')
    lines += ["  end", "endmodule", ""]
    (folder / "bench.v").write_text("\n".join(lines))
    model = Path(netlist.CELLS) / f"{cell}.v"
    command = ["iverilog", "-g2005", "-o", "bench", "bench.v", str(model)]
    subprocess.run(command, cwd=folder, check=True)
    done = subprocess.run(
        ["vvp", "-n", "bench"], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.split()


def signed(value, bits):
    return value - (value >> bits - 1 << bits)


MULTIPLIER = {"A": 18, "B": 18, "SIGNEDA": 1, "SIGNEDB": 1, "SOURCEA": 1, "SOURCEB": 1,
              "CE0": 1, "RST0": 1}
USED = {"SIGNEDA": 1, "SIGNEDB": 1, "SOURCEA": 0, "SOURCEB": 0, "CE0": 1, "RST0": 0}


@pytest.mark.parametrize("output", [False, True])
@pytest.mark.parametrize("inputs", [False, True])
def test_multiplier(tmp_path, inputs, output):
    rng = random.Random(1)
    extreme = [0, 1, (1 << 17) - 1, 1 << 17, (1 << 18) - 1]
    rows = [
        {**USED, **{name: rng.choice([*extreme, rng.getrandbits(18)]) for name in "AB"}}
        for _ in range(CYCLES)
    ]
    clocks = {"REG_INPUTA_CLK": inputs, "REG_INPUTB_CLK": inputs, "REG_OUTPUT_CLK": output}
    parameters = {name: '"CLK0"' if on else '"NONE"' for name, on in clocks.items()}
    seen = simulate(tmp_path, "MULT18X18D", parameters, MULTIPLIER, {"P": 36}, rows)
    products = [signed(row["A"], 18) * signed(row["B"], 18) % (1 << 36) for row in rows]
    latency = inputs + output
    assert [int(p, 16) for p in seen[latency:]] == products[: CYCLES - latency]


def test_multiplier_holds_and_resets(tmp_path):
    both = {name: '"CLK0"' for name in ("REG_INPUTA_CLK", "REG_INPUTB_CLK", "REG_OUTPUT_CLK")}
    rows = [{**USED, "A": 3, "B": 5}, {**USED, "A": 2, "B": 7}]
    rows += [{**USED, "A": 1, "B": 1, "CE0": 0}] * 2 + [{**USED, "A": 1, "B": 1}] * 3
    rows += [{**USED, "A": 1, "B": 1, "RST0": 1}, {**USED, "A": 4, "B": 4}]
    seen = simulate(tmp_path, "MULT18X18D", both, MULTIPLIER, {"P": 36}, rows)
    assert [int(p, 16) for p in seen[2:]] == [15, 15, 15, 14, 1, 1, 0]


@pytest.mark.parametrize("name", ["SIGNEDA", "SIGNEDB", "SOURCEA", "SOURCEB"])
def test_multiplier_refuses_what_it_does_not_do(tmp_path, name):
    row = {**USED, "A": 3, "B": 5}
    rows = [row, {**row, name: 1 - row[name]}]
    seen = simulate(tmp_path, "MULT18X18D", {}, MULTIPLIER, {"P": 36}, rows)
    assert seen == ["00000000f", "x" * 9]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REG_PIPELINE_CLK", "CLK0"), ("MULT_BYPASS", "ENABLED"), ("REG_INPUTA_CLK", "CLK1"),
        ("REG_INPUTB_CLK", "CLK2"), ("REG_OUTPUT_CLK", "CLK3"), ("REG_INPUTA_CE", "CE1"),
        ("REG_INPUTB_CE", "CE1"), ("REG_OUTPUT_CE", "CE1"), ("REG_INPUTA_RST", "RST1"),
        ("REG_INPUTB_RST", "RST1"), ("REG_OUTPUT_RST", "RST1"),
    ],
)
def test_multiplier_refuses_other_settings(tmp_path, name, value):
    rows = [{**USED, "A": 3, "B": 5}]
    seen = simulate(tmp_path, "MULT18X18D", {name: f'"{value}"'}, MULTIPLIER, {"P": 36}, rows)
    assert seen == ["x" * 9]


MEMORY = {"CEA": 1, "OCEA": 1, "WEA": 1, "RSTA": 1, "CEB": 1, "OCEB": 1, "WEB": 1, "RSTB": 1,
          "CSA": 3, "CSB": 3, "ADA": 14, "ADB": 14, "DIA": 18}
ADDRESS_BITS = {1: 14, 2: 13, 4: 12, 9: 11, 18: 10}


@pytest.mark.parametrize("register", ["NOREG", "OUTREG"])
@pytest.mark.parametrize("width", ADDRESS_BITS)
def test_block_ram(tmp_path, width, register):
    rng = random.Random(width)
    low = 14 - ADDRESS_BITS[width]
    places = [0, 1, (1 << ADDRESS_BITS[width]) - 1, *rng.sample(range(1 << ADDRESS_BITS[width]), 5)]
    words, rows, expected = {}, [], []
    word = 0
    for _ in range(CYCLES):
        to, place, data = rng.choice(places), rng.choice(places), rng.getrandbits(width)
        write, read = rng.random() < 0.5, rng.random() < 0.8
        enables = rng.getrandbits(2) if width == 18 else 0
        rows.append({
            "CEA": 1, "OCEA": 0, "WEA": write, "RSTA": 0, "CEB": read, "OCEB": 1, "WEB": 0,
            "RSTB": 0, "ADA": to << low | enables, "ADB": place << low, "DIA": data,
        })
        if read:
            word = words.get(place, 0)
        expected.append(word)
        if write:
            kept = 0
            if width == 18:  # of the bytes that are not enabled
                kept = (0 if enables & 1 else 0x1FF) | (0 if enables & 2 else 0x3FE00)
            words[to] = (words.get(to, 0) & kept) | (data & ~kept)
    parameters = {"DATA_WIDTH_A": width, "DATA_WIDTH_B": width, "REGMODE_B": f'"{register}"'}
    seen = simulate(tmp_path, "DP16KD", parameters, MEMORY, {"DOB": 18}, rows)
    latency = 2 if register == "OUTREG" else 1
    skipped = next(i for i, row in enumerate(rows) if row["CEB"]) + latency  # nothing was read yet
    mask = (1 << width) - 1
    assert [int(d, 16) & mask for d in seen[skipped:]] == expected[skipped - latency : -latency]


def test_block_ram_holds_without_an_enable(tmp_path):
    idle = dict.fromkeys(MEMORY, 0) | {"DIA": 7, "WEA": 1, "ADA": 3}
    write, read = {**idle, "CEA": 1}, {**idle, "WEA": 0, "CEB": 1}
    rows = [idle, read, read, write, read, read]
    seen = simulate(tmp_path, "DP16KD", {}, MEMORY, {"DOB": 18}, rows)
    assert seen[2:] == ["00000", "00000", "00000", "00007"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"DATA_WIDTH_A": 9}, {"DATA_WIDTH_B": 9}, {"CSDECODE_A": '"0b111"'},
        {"CSDECODE_B": '"0b001"'}, {"REGMODE_B": '"OUT"'},
    ],
)
def test_block_ram_refuses_other_settings(tmp_path, parameters):
    row = {**dict.fromkeys(MEMORY, 0), "CEB": 1}
    seen = simulate(tmp_path, "DP16KD", parameters, MEMORY, {"DOB": 18}, [row, row])
    assert seen[1] == "xxxxx"


@pytest.mark.parametrize("name", ["WEB", "RSTA", "RSTB", "CSA", "CSB"])
def test_block_ram_refuses_what_it_does_not_do(tmp_path, name):
    row = {**dict.fromkeys(MEMORY, 0), "CEB": 1}
    seen = simulate(tmp_path, "DP16KD", {}, MEMORY, {"DOB": 18}, [row, row, {**row, name: 1}])
    assert seen[1:] == ["00000", "xxxxx"]
