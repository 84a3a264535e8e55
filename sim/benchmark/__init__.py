"""What docs/benchmarks.md is printed from: simulators side by side, in one run."""
