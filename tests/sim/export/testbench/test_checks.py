"""Each check of the bench: a core that breaks one rule, and what the bench says of it."""

import re
import subprocess

import pytest
from exported import build, play, write_bench
from exported_layers import compiled
from icarus_play import needs_icarus
from vcd_reader import variables

from convolith.hw.verilog import core_verilog
from convolith.sim.export.testbench.folder import TIME_SCALE

pytestmark = needs_icarus


def wrapped(folder, layer, changes, more=""):
    """A bench whose core is another one's wrapper: some outputs are other expressions.

    In these ``own_NAME`` is what the core itself gives; ``now`` counts cycles, and ``ended`` those
    after the last row of all. ``more``: declarations.
    """
    write_bench(folder, layer)
    text = core_verilog(layer.config, name="inner")
    top = re.search(r"^module inner\((.*?)\);(.*?)endmodule", text, re.MULTILINE | re.DOTALL)
    ports = re.findall(r"^  (input|output) (\[\d+:0\] )?(\w+);", top[2], re.MULTILINE)
    stream = layer.program[-1].stream
    rows = sum(step.rows for step in layer.program)
    lines = [f"module convolith({', '.join(name for _, _, name in ports)});"]
    lines += [f"  {way} {bits}{name};" for way, bits, name in ports]
    lines += [f"  wire {bits}own_{name};" for way, bits, name in ports if way == "output"]
    connected = [
        f".{name}({'own_' if way == 'output' else ''}{name})" for way, _, name in ports
    ]
    lines += [
        f"  inner inner({', '.join(connected)});",
        "  integer now = 0, row = 0, ended = 0;",
        f"  wire moves = own_{stream}__valid & {stream}__ready;",
        "  always @(posedge clk) begin",
        "    now <= now + 1;",
        f"    if (moves) row <= row + 1;\n    if (row == {rows}) ended <= ended + 1;",
        "  end", more,
    ]
    lines += [
        f"  assign {name} = {changes.get(name, f'own_{name}')};"
        for way, _, name in ports if way == "output"
    ]
    wrapper = "\n".join([*lines, "endmodule", ""])
    (folder / "convolith.v").write_text(TIME_SCALE + text + wrapper)
    return build(folder)


def test_a_wrapper_alone_changes_nothing(tmp_path):
    layer = compiled("plain")
    rows = len(layer.rows[0])
    assert play(wrapped(tmp_path, layer, {})) == (0, f"PASS rows={rows} cycles={layer.cycles}")


LAST = "{{1'b{}, own_o__payload[{}:0]}}"
TOP = 127  # of the four sums of a row

BROKEN = {
    "a sum": ("plain", {"o__payload": "own_o__payload ^ (row == 5 ? 40'd1 << 34 : 0)"}, [],
              r"output \(n=0, oc=1, ox=0, oy=5\): expected -?\d+, got -?\d+, in cycle \d+ of"),
    "a row lost": ("plain", {"o__valid": "own_o__valid & row != 7"}, [], "output"),
    "no last": ("plain", {"o__payload": LAST.format(0, TOP)}, [], "last is wrong"),
    "last on every row": ("plain", {"o__payload": LAST.format(1, TOP)}, [], "last is wrong"),
    "a row afterwards": ("plain", {"o__valid": "own_o__valid | ended == 60"}, [],
                         "a row came after the last one"),
    "valid not defined": ("plain", {"o__valid": "now == 40 ? 1'bx : own_o__valid"}, [],
                          "o__valid is not defined"),
    "a sum not defined": ("plain", {"o__payload": "row == 3 ? 129'bx : own_o__payload"}, [],
                          "last is wrong|output|number"),
    "a row that changes": ("plain", {"o__payload": "own_o__payload ^ now[0]"}, ["+stall=7"],
                           "a row changed before it was transferred|output"),
    "valid that falls": ("plain", {"o__valid": "own_o__valid & (o__ready | now[1])"}, ["+stall=7"],
                         "a row changed before it was transferred"),
    "kept unasked": ("plain", {"kept": "own_kept | now == 50"}, [], "kept came where it must not"),
    "kept not defined": ("partial sums", {"kept": "now == 9 ? 1'bx : own_kept"}, [],
                         "kept came where it must not"),
    "kept early": ("partial sums", {"kept": "own_kept | now == 45"}, [], "piece 0 must take"),
    "kept never": ("partial sums", {"kept": "1'b0"}, [], "nothing is transferred any more"),
    "the other stream": ("lanes", {"o__valid": "own_o__valid | now == 70"}, [],
                         "a row came on o, where none must come"),
    "never ready": ("plain", {"i_act__ready": "1'b0"}, [], "nothing is transferred any more"),
    "ready not defined": ("plain", {"i_weight__ready": "1'bx"}, [],
                          "nothing is transferred any more"),
    "a layer taken unseen": ("plain", {"i_layer__ready": "1'bz"}, [], "a row came after the last"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_core_that_breaks_a_rule(name, tmp_path):
    of, changes, words, message = BROKEN[name]
    status, text = play(wrapped(tmp_path, compiled(of), changes), *words)
    assert status == 1
    assert re.match(rf"FAIL: ({message})", text), text


def test_a_row_that_changes_while_it_waits_alone(tmp_path):
    """What is transferred is right: only the waiting shows it."""
    change = {"o__payload": "o__ready ? own_o__payload : ~own_o__payload"}
    folder = wrapped(tmp_path, compiled("plain"), change)
    assert play(folder)[0] == 0
    status, text = play(folder, "+stall=7")
    assert status == 1
    assert text.startswith("FAIL: a row changed before it was transferred")


def test_too_few_cycles_under_stalls(tmp_path):
    folder = build(write_bench(tmp_path, compiled("plain")))
    path = folder / "pieces.hex"
    head, line = path.read_text().splitlines()
    path.write_text(f"{head}\n{line[:-8]}00010000\n")
    status, text = play(folder, "+stall=3")
    assert status == 1
    assert re.fullmatch(r"FAIL: piece 0 must take 65536 cycles, not \d+", text)


def test_a_wrong_output_is_named(tmp_path):
    """Its place and both numbers are those of PyTorch's result."""
    layer = compiled("lanes")
    folder = build(write_bench(tmp_path, layer))
    path = folder / "rows.hex"
    lines = path.read_text().splitlines()
    row = 20
    numbers = layer.rows[0][row]
    lines[1 + row] = lines[1 + row][:-4] + f"{int(lines[1 + row][-4:-2], 16) ^ 1:02x}" + \
        lines[1 + row][-2:]
    path.write_text("\n".join([*lines, ""]))
    place = layer.places[0][row][1]
    shape = layer.expected.shape
    n, rest = divmod(int(place), shape[1] * shape[2] * shape[3])
    oc, rest = divmod(rest, shape[2] * shape[3])
    ox, oy = divmod(rest, shape[3])
    got = int(layer.expected[n, oc, ox, oy])
    assert got == numbers[1] + 128
    expected = int((int(numbers[1]) & 255 ^ 1) + 128 - (256 if numbers[1] & 128 else 0))
    status, text = play(folder)
    assert status == 1
    assert text.startswith(
        f"FAIL: output (n={n}, oc={oc}, ox={ox}, oy={oy}): expected {expected}, got {got}, in cycle"
    )


def test_every_stream_has_gaps(tmp_path):
    """In the waveform that +waves writes: each source waits, each output is not ready."""
    layer = compiled("stored")
    folder = build(write_bench(tmp_path, layer))
    cycles = []
    for seed in range(1, 7):
        status, text = play(folder, f"+stall={seed}", *(["+waves"] if seed == 1 else []))
        assert status == 0
        cycles.append(int(re.search(r"cycles=(\d+) with", text)[1]))
    assert len(set(cycles)) > 3
    assert min(cycles) >= layer.cycles
    assert max(cycles) > layer.cycles
    values = at_rising_edges(folder / "convolith_bench.vcd")
    for name in ("act", "weight", "bias", "parameters"):
        left = values[f"{name}_source.left"]
        valid = values[f"{name}_source.valid"]
        waits = [v for n, v in zip(left, valid, strict=True) if n > 0]
        assert 0 in waits
        assert 1 in waits
    taken = zip(values["results__valid"], values["results__ready"], strict=True)
    assert {(1, 0), (1, 1)} <= set(taken)


def at_rising_edges(path):
    """Values of all defined variables of the bench at each rising edge of the clock."""
    lines = iter(path.read_text().splitlines())
    codes = {
        name.removeprefix("convolith_bench."): code for name, _, code in variables(lines)
    }
    wanted = {name: code for name, code in codes.items() if re.match(
        r"\w+_source\.(left|valid)$|results__(valid|ready)$", name)}
    now, found = {}, {name: [] for name in wanted}
    for line in lines:
        if line[:1] == "b":
            value, code = line[1:].split()
            now[code] = value
        elif line[:1] in ("0", "1", "x"):
            if line == f"1{codes['clk']}":
                for name, code in wanted.items():
                    value = now.get(code, "x")
                    found[name].append(int(value, 2) if set(value) <= {"0", "1"} else -1)
            now[line[1:]] = line[0]
    return found


def test_a_missing_or_short_file_is_named(tmp_path):
    folder = build(write_bench(tmp_path, compiled("partial sums")))
    messages = {
        "pieces.hex": "FAIL: pieces.hex is not complete", "rows.hex": "FAIL: rows.hex is not comp",
        "places.hex": "FAIL: places.hex is not complete",
        "act.hex": "FAIL: a memory's file has fewer words than pieces.hex says",
        "weight.hex": "FAIL: a memory's file has fewer words than pieces.hex says",
    }
    for name, message in messages.items():
        content = (folder / name).read_text()
        for text in (None, "\n".join(content.splitlines()[:-1])):
            (folder / name).unlink()
            if text is not None:
                (folder / name).write_text(text)
            done = subprocess.run(["vvp", "-n", "convolith_bench.vvp"], cwd=folder, timeout=60,
                                  capture_output=True, text=True)
            assert done.returncode == 1
            assert done.stdout.splitlines()[-1].startswith(message), name
            (folder / name).write_text(content)


MEMORY = """
module top;
  reg clk = 0, en = 0;
  reg [3:0] address = 0;
  wire [15:0] data;
  my_memory #(.DEPTH(8), .WIDTH(16), .ADDRESS(4), .BANKS(2)) memory(
    .clk(clk), .write_en(2'b00), .write_address(4'd0), .write_data(16'd0),
    .en(en), .address(address), .data(data));
  integer i;
  initial begin
    for (i = 0; i < 8; i = i + 1) memory.words[i] = 16'h1000 + i;
    for (i = 0; i < 6; i = i + 1) begin
      en = i != 3; address = i;
      #1 clk = 1; #1 clk = 0;
      $display("%h", data);
    end
  end
endmodule
"""


def test_a_word_without_en_is_another_one(tmp_path):
    layer = compiled("plain")
    text = write_bench(tmp_path, layer, on_chip=False) / "convolith_bench.v"
    module = re.search(r"module convolith_bench_memory .*?endmodule", text.read_text(), re.DOTALL)
    (tmp_path / "m.v").write_text(module[0].replace("convolith_bench", "my") + MEMORY)
    subprocess.run(["iverilog", "-g2005", "-o", "m", "m.v"], cwd=tmp_path, check=True)
    done = subprocess.run(["vvp", "-n", "m"], cwd=tmp_path, capture_output=True, text=True)
    words = done.stdout.split()
    # Three cycles after its address; the word at 3 was read without `en`.
    assert words[2:5] == ["1000", "1001", "1002"]
    assert int(words[5], 16) == 0xFFFF ^ int(words[4], 16)
