"""The model of each dataflow: tiles, cycles, words and sums of a layer."""
