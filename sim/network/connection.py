"""The connection to a Dask cluster that is already running."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from convolith.sim.network.errors import ExecutorError

__all__ = ["POLL_S", "Connection"]

CONNECT_S = 10
POLL_S = 0.1
ALONE_S = 30  # seconds without a worker after which we give up


class Connection:
    """A client of a scheduler at ``tcp://HOST:PORT``.

    Raises
    ------
    ExecutorError
        If dask.distributed is not installed, the scheduler does not answer, or there is no worker.
    """

    def __init__(self, address: str):
        try:
            from distributed import Client
        except ImportError:
            raise ExecutorError(
                "--cluster needs the Python package distributed "
                "(pip install 'convolith[cluster]' adds it)"
            ) from None
        # What its client logs when a connection breaks, we say in a sentence.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        try:
            self.client = Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise ExecutorError(
                f"no Dask scheduler answers at {address}: {error or 'time is up'}"
            ) from None
        self.address, self.seen = address, time.monotonic()
        self.workers = self.threads()
        if not self.workers:
            self.client.close()
            raise ExecutorError(f"the Dask cluster at {address} must have a worker, but has none")

    def threads(self) -> int:
        """Threads of all workers that are there."""
        workers = self.client.scheduler_info(n_workers=-1).get("workers", {})  # none: it is gone
        return sum(worker["nthreads"] for worker in workers.values())

    def pause(self) -> None:
        """Waits a moment. Without this, a scheduler without workers is waited for for ever.

        Raises
        ------
        ExecutorError
            If there has been no worker for `ALONE_S`.
        """
        time.sleep(POLL_S)
        if self.threads():
            self.seen = time.monotonic()
        elif time.monotonic() - self.seen > ALONE_S:
            raise ExecutorError(f"the Dask cluster has had no worker for {ALONE_S} s")

    @contextmanager
    def errors(self) -> Iterator[None]:
        """What goes wrong with the cluster becomes an `ExecutorError`, which says what."""
        from concurrent.futures import CancelledError

        from distributed import KilledWorker

        try:
            yield
        except ImportError as error:
            raise ExecutorError(f"the workers must have Convolith, but: {error}") from None
        except KilledWorker as error:
            raise ExecutorError(f"workers died again and again: {error}") from None
        except (CancelledError, OSError) as error:
            raise ExecutorError(f"the Dask scheduler is gone: {error}") from None
