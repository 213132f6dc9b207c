"""A Dask scheduler and workers as processes of their own, one of which is killed meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from qopt import QoptError
from qopt.batch import Run, Study, Watch, run

Read = Callable[..., Study]
pytest.importorskip("distributed", reason="the extra 'distributed' is not installed")


class Cluster:
    """A scheduler and two workers, each a process."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "scheduler.json"
        self.folder = folder
        self.scheduler = self._begin(
            "scheduler", "--scheduler-file", str(self.file), "--port", "0", "--no-dashboard"
        )
        waited = time.monotonic()
        while not self.file.exists() and time.monotonic() - waited < 60:
            time.sleep(0.05)
        self.workers = [self.worker() for _ in range(2)]

    @property
    def address(self) -> str:
        import json

        return str(json.loads(self.file.read_text())["address"])

    def worker(self) -> subprocess.Popen[bytes]:
        return self._begin(
            "worker", "--scheduler-file", str(self.file), "--nthreads", "1", "--no-nanny",
            "--no-dashboard", "--local-directory", str(self.folder),
        )  # fmt: skip

    def _begin(self, what: str, *arguments: str) -> subprocess.Popen[bytes]:
        code = f"import sys; from distributed.cli.dask_{what} import main; sys.exit(main())"
        return subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def close(self) -> None:
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path)
    yield made
    made.close()


def _meaning(done: Run) -> list[tuple[Any, ...]]:
    return [(r.label, r.key, r.outcome, r.objective) for r in done.records]


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_no_record(study: Read, cluster: Cluster) -> None:
    changes = (
        ("seeds: [1, 2]", f"seeds: {list(range(6))}"),
        ("num_sweeps: 200", "num_sweeps: 2000"),
    )
    here = run(study(*changes))
    there = study(*changes, more=f"run: {{executor: dask, address: '{cluster.address}'}}\n")
    killed: list[str] = []

    def ended(record: Any) -> None:
        if len(killed) == 3:
            cluster.workers[0].send_signal(signal.SIGKILL)
        killed.append(record.label)

    done = run(there, fresh=True, watch=Watch(ended=ended))
    assert cluster.workers[0].wait(10) == -signal.SIGKILL
    assert len(killed) == len(set(killed)) == 24
    assert _meaning(done) == _meaning(here)


@pytest.mark.slow
@pytest.mark.usefixtures("odd_solvers")
@pytest.mark.parametrize("how", ["exit", "kill"])
def test_a_solver_that_ends_its_process_ends_no_worker(
    how: str, study: Read, tmp_path: Path
) -> None:
    cluster = Cluster(tmp_path)  # after the solvers were installed, so that it finds them
    try:
        change = ("- {name: greedy}", f"- {{name: failing, parameters: {{how: {how}}}}}")
        more = f"run: {{executor: dask, address: '{cluster.address}'}}\n"
        done = run(study(change, more=more))
        assert [worker.poll() for worker in cluster.workers] == [None, None]
    finally:
        cluster.close()
    outcomes = {(record.solver, record.outcome) for record in done.records}
    assert outcomes == {("annealer", "feasible"), ("failing", "killed")}
    assert len(done.records) == 8


def test_a_scheduler_that_is_not_there_is_told(study: Read) -> None:
    asked = study(more="run: {executor: dask, address: 'tcp://127.0.0.1:9'}\n")
    with pytest.raises(QoptError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        run(asked)
