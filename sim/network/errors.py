"""What goes wrong where layers run."""

__all__ = ["ExecutorError"]


class ExecutorError(RuntimeError):
    """There are no workers, or they died. The message says which."""
