"""What ends a benchmark."""

__all__ = ["BenchmarkError"]


class BenchmarkError(RuntimeError):
    """A simulator failed or gave a wrong result; there is nothing to report."""
