"""A Dask cluster: each of its workers solves trials in a process of its own, as this machine does.

So a solver that ends its process takes no worker of the cluster with it. A worker that is lost is
Dask's to replace: its trials are begun again by another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ...errors import NotReady, QoptError
from ...solver import missing_package
from ..job import Job, Reply
from .processes import TrialWorker

if TYPE_CHECKING:
    from ...solver import Progress

PATIENCE = "10s"  # for the scheduler to answer
_here = threading.local()
_workers: list[TrialWorker] = []  # of this process, one a thread


class Cluster:
    """The cluster whose scheduler answers at `address`, or one that is begun on this machine."""

    here = False

    def __init__(self, address: str | None, workers: int | None, threads: int) -> None:
        if (lacking := missing_package("distributed", "distributed")) is not None:
            raise NotReady(f"executor 'dask': {lacking}")
        from distributed import Client, LocalCluster

        self._cluster: Any = None
        if address is None:
            # threads suffice: each solves in a process of its own
            self._cluster = LocalCluster(
                n_workers=workers or 2,
                threads_per_worker=1,
                processes=False,
                dashboard_address=None,
            )
        try:
            self._client = Client(address or self._cluster, timeout=PATIENCE, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise QoptError(
                f"no Dask scheduler answers at {address}: {error}; begin one with "
                "`dask scheduler`, or leave `address` out for a cluster on this machine"
            ) from None
        there = self._client.scheduler_info(n_workers=-1)["workers"]
        self.workers = sum(worker["nthreads"] for worker in there.values()) or workers or 1
        self._threads = threads
        self._executor = self._client.get_executor(pure=False)

    def submit(
        self, job: Job, limit: float, on_progress: Callable[[Progress], None]
    ) -> Future[Reply]:
        future: Future[Reply] = self._executor.submit(solve_there, job, limit)
        return future

    def stop(self) -> None:
        with suppress(Exception):  # whatever keeps the cluster from hearing it
            self._client.run(stop_there, wait=False)

    def end(self) -> None:
        self.stop()

    def close(self) -> None:
        with suppress(Exception):
            self._executor.shutdown(wait=False, cancel_futures=True)
        with suppress(Exception):
            self._client.close(timeout=2)
        if self._cluster is not None:
            with suppress(Exception):
                self._cluster.close(timeout=2)
        for worker in _workers:
            worker.close()
        _workers.clear()


def solve_there(job: Job, limit: float) -> Reply:
    """On a worker of the cluster."""
    worker = getattr(_here, "worker", None)
    if worker is None:
        worker = _here.worker = TrialWorker(job.threads)
        _workers.append(worker)
    reply: Reply = worker.run(job, limit, lambda progress: None)
    return reply


def stop_there() -> None:
    """On each worker of the cluster: its trials end with what they have."""
    for worker in _workers:
        with suppress(OSError):
            worker.stop()
