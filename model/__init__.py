"""Golden models in NumPy: the loop nests, the shapes, the memory words, the cycles, the trace."""
