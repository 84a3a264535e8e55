"""Whole networks: pieces of layers as tasks, run here, in several processes, or on a cluster."""
