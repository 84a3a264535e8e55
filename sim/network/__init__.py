"""Whole networks: layers as independent tasks, run here, in several processes, or on a cluster."""
