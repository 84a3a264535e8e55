"""Golden models in NumPy: shapes, loop nests, memory words, cycles, traces."""
