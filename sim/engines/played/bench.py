"""A test bench in Verilog that plays any table to the core with memories."""

from convolith.hw.name import NAME
from convolith.model.options.config import ArrayConfig
from convolith.sim.engines.played.ports import input_ports, output_ports

__all__ = ["BENCH", "bench_verilog"]

BENCH = "play"
"""The module, which takes the names of two files: ``+inputs=`` and ``+outputs=``."""

TEXT = """module {bench};
  reg clk = 0;
{declared}
  {core} core(.clk(clk){connected});

  reg [8191:0] inputs, outputs;
  integer from, to, read;
  initial begin
    if (!$value$plusargs("inputs=%s", inputs) || !$value$plusargs("outputs=%s", outputs))
      $finish;
    from = $fopen(inputs, "r");
    to = $fopen(outputs, "w");
    read = $fscanf(from, "{wanted}", {given});
    while (read == {count}) begin
      // Inputs change while the clock is low, and outputs are looked at before it rises.
      #1 $fwrite(to, "{shown}\\n", {seen});
      #1 clk = 1;
      #1 clk = 0;
      read = $fscanf(from, "{wanted}", {given});
    end
    $fclose(to);
    $finish;
  end
endmodule
"""


def bench_verilog(config: ArrayConfig) -> str:
    """The bench for a core of that configuration."""
    given, seen = input_ports(config), output_ports(config)
    declared = [f"  reg [{port.bits - 1}:0] {port.name} = 0;" for port in given]
    declared += [f"  wire [{port.bits - 1}:0] {port.name};" for port in seen]
    return TEXT.format(
        bench=BENCH, core=NAME, declared="\n".join(declared),
        connected="".join(f", .{port.name}({port.name})" for port in (*given, *seen)),
        wanted=" ".join(["%h"] * len(given)), given=", ".join(port.name for port in given),
        shown=" ".join(["%h"] * len(seen)), seen=", ".join(port.name for port in seen),
        count=len(given),
    )
