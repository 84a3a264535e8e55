"""How each dataflow goes through a layer: tiles, cycles, words, sums."""
