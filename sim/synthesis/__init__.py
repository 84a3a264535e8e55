"""Clock and area with open tools: Yosys and nextpnr."""
