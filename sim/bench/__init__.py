"""cocotb benches of the generated Verilog, on Verilator and on Icarus."""
