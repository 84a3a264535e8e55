"""`WordMemory` as a Verilog module: without a line per word, and as synthesis finds block RAM."""

from amaranth.hdl import *

from convolith.hw.cells.generic import VerilogPlatform

__all__ = ["memory_instance", "memory_module"]

MODULE = """
module {name} #(
  parameter DEPTH = 2,
  parameter WIDTH = 1,
  parameter ADDRESS = 1
) (
  input clk,
  input rst,
  input write_en,
  input [ADDRESS-1:0] write_address,
  input [WIDTH-1:0] write_data,
  input read_en,
  input [ADDRESS-1:0] read_address,
  output reg [WIDTH-1:0] read_data
);
  reg [WIDTH-1:0] words [0:DEPTH-1];
  reg writes = 1'b0;
  reg reads = 1'b1;
  reg [ADDRESS-1:0] written = {{ADDRESS{{1'b0}}}};
  reg [ADDRESS-1:0] wanted = {{ADDRESS{{1'b0}}}};
  reg [WIDTH-1:0] data = {{WIDTH{{1'b0}}}};
  reg [WIDTH-1:0] word = {{WIDTH{{1'b0}}}};
`ifndef SYNTHESIS
  // Simulators that know undefined values: no word is undefined.
  integer i;
  initial begin
    read_data = {{WIDTH{{1'b0}}}};
    for (i = 0; i < DEPTH; i = i + 1) words[i] = {{WIDTH{{1'b0}}}};
  end
`endif
  always @(posedge clk) begin
    writes <= write_en & ~rst;
    written <= write_address;
    data <= write_data;
    if (writes) words[written] <= data;
    reads <= read_en | rst;
    wanted <= read_address;
    if (reads) word <= words[wanted];
    read_data <= word;
  end
endmodule
"""


def memory_module(name: str) -> str:
    """The text of the module. `WordMemory` says what it does."""
    return MODULE.format(name=_name(name))


def memory_instance(platform: VerilogPlatform, depth: int, *, write, read) -> Instance:
    """A memory of that module; ``write`` and ``read`` are ports as `WordMemory` has them."""
    bits = max(1, (depth - 1).bit_length())
    return Instance(
        _name(platform.name),
        p_DEPTH=depth, p_WIDTH=len(read.data), p_ADDRESS=bits,
        i_clk=ClockSignal(), i_rst=ResetSignal(),
        i_write_en=write.en, i_write_address=Value.cast(write.address)[:bits],
        i_write_data=write.data,
        i_read_en=read.en, i_read_address=Value.cast(read.address)[:bits], o_read_data=read.data,
    )


def _name(name: str) -> str:
    return f"{name}_memory"
