"""Jobs at a service that costs money: what faults and kills do to them, and how near quotes are.

Run as `python -m tests.benchmarks.jobs [faults] [waiting] [budget] [quotes]`; about five minutes.
The service is local, and its charges are those that it would put on a bill.
"""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import dimod
import numpy as np

from qopt.devices import described
from qopt.emulator import serve
from qopt.ocean.jobs import Connection, Journal, Submission, encoded, submit_all
from qopt.ocean.jobs.answers import Answered
from qopt.ocean.money import quote_hybrid, quote_qpu

from ..ocean.jobs import services
from ..ocean.jobs.faults import TABLE, Seen, Struck, complaints, strike
from ..ocean.jobs.kills import Shared, Waited, kill_while_waiting, kill_with_a_budget

KINDS = ("qpu", "bqm", "cqm")


@dataclass(frozen=True)
class Row:
    kind: str
    fault: Struck
    seen: Seen
    wrong: tuple[str, ...]


def faults(kinds: tuple[str, ...] = KINDS, table: list[Struck] = TABLE) -> list[Row]:
    """Each fault for each kind of job, some side by side."""
    asked = [(k, f) for k in kinds for f in table if not (f.hybrid and k == "qpu")]

    def one(number: int) -> Row:
        kind, fault = asked[number]
        with (
            tempfile.TemporaryDirectory() as folder,
            services.quick() as service,
            Journal(Path(folder) / "jobs.sqlite") as journal,
        ):
            seen = strike(service, journal, kind, number, fault)
        wrong = complaints(fault, seen, services.question(kind).estimate)
        return Row(kind, fault, seen, tuple(wrong))

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(len(asked))))


def waiting(jobs: int = 20, kills: int = 10, seed: int = 1) -> Waited:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "jobs.sqlite"
        return kill_while_waiting(path, jobs=jobs, kills=kills, delay=1.0, seed=seed)


def budget(processes: int = 8, kills: int = 100, questions: int = 600, seed: int = 1) -> Shared:
    with tempfile.TemporaryDirectory() as folder:
        return kill_with_a_budget(
            Path(folder) / "jobs.sqlite",
            processes=processes,
            kills=kills,
            questions=questions,
            share=0.5,
            seed=seed,
        )


def quotes(jobs: int = 30, seed: int = 1) -> list[tuple[str, float, float]]:
    """Of random jobs: what was asked, what was quoted and what was charged, in seconds."""
    rng = np.random.default_rng(seed)
    device = described("advantage2-small")
    quoted: list[tuple[str, float]] = []
    asked: list[Submission] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(device="advantage2-small", hybrid_minimum=0.2) as service,
        Journal(Path(folder) / "jobs.sqlite") as journal,
        Connection.open(endpoint=service.url, token=service.token) as connection,
    ):
        chip = connection.solver(qpu=True)
        for number in range(jobs):
            if number % 5 < 4:
                size, reads = int(rng.integers(2, 600)), int(rng.integers(1, 300))
                time = float(rng.choice([5.0, 20.0, 100.0, 500.0]))
                made = quote_qpu(device, num_qubits=size, num_reads=reads, annealing_time=time)
                what = f"qpu, {size} qubits, {reads} reads of {time:g} us"
                qubits = rng.choice(device.qubits, size, replace=False).tolist()
                problem = encoded(
                    dict.fromkeys(qubits, 0.1), {}, qubits=device.qubits, couplers=device.couplers
                )
                params = {"num_reads": reads, "annealing_time": time}
                asked.append(
                    Submission("qpu", chip.identity.dict(), "ising", problem, params, made.seconds)
                )
            else:
                kind = ("bqm", "cqm")[number % 2]
                seconds = float(rng.uniform(0.2, 1.0))
                made = quote_hybrid(kind, time_limit=seconds, least=0.2)
                what = f"{kind}, a time limit of {seconds:.2f} s"
                asked.append(_hybrid(kind, service.solvers, seconds))
            quoted.append((what, made.seconds))
        found = submit_all(asked, connection, journal, deadline=300.0)
    charged = [one.entry.charged_seconds if isinstance(one, Answered) else -1.0 for one in found]
    return [(what, before, after) for (what, before), after in zip(quoted, charged, strict=True)]


def _hybrid(kind: str, solvers: tuple[str, ...], seconds: float) -> Submission:
    bqm = dimod.BQM({"a": 1.0, "b": -1.0}, {("a", "b"): 0.5}, "BINARY")
    model = bqm if kind == "bqm" else dimod.ConstrainedQuadraticModel.from_bqm(bqm)
    name = next(name for name in solvers if name.endswith(kind))
    with model.to_file() as file:
        problem = file.read()
    return Submission(kind, {"name": name}, kind, problem, {"time_limit": seconds}, seconds)  # type: ignore[arg-type]  # a kind


def main(parts: list[str]) -> None:
    write = sys.stdout.write
    if "faults" in parts:
        rows = faults()
        write(f"{'fault':48}{'job':5}{'ended as':13}{'seconds':>8}{'sent':>6}{'again':>12}\n")
        for row in rows:
            seen = row.seen
            told = f"{row.fault!s:48}{row.kind:5}{seen.status:13}{seen.seconds:8.2f}"
            write(f"{told}{seen.accepted:6}{seen.after:>12}  {'; '.join(row.wrong)}\n")
        write(f"{len(rows)} jobs struck, {sum(bool(row.wrong) for row in rows)} complaints\n\n")
    if "waiting" in parts:
        write(f"20 jobs, killed ten times while they wait, and run again: {waiting()}\n\n")
    if "budget" in parts:
        write(f"100 kills of 8 processes on one budget: {budget()}\n\n")
    if "quotes" in parts:
        found = quotes()
        for what, before, after in found:
            off = 100 * (before / after - 1)
            write(f"{what:50}{before:10.6f}{after:10.6f}{off:8.2f} %\n")
        worst = max(abs(before / after - 1) for _, before, after in found)
        write(f"{len(found)} quotes, the worst {100 * worst:.2f} % off\n")


if __name__ == "__main__":
    main(sys.argv[1:] or ["faults", "waiting", "budget", "quotes"])
