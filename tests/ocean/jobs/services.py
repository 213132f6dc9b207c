"""A local service whose solvers answer at once, and questions for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import dimod
import numpy as np

from qopt.emulator.account import Account
from qopt.emulator.backends import Biases, Kind, Reply, Work
from qopt.emulator.coding import encode_answer
from qopt.emulator.faults import Faults
from qopt.emulator.service import Service
from qopt.ocean.jobs import Connection, Submission, encoded
from qopt.ocean.money import Price

QUBITS = list(range(8))
COUPLERS = [[a, b] for a in QUBITS for b in QUBITS if a < b and (a + b) % 2]
CHIP = "quick_chip"
PROGRAMMING, READ = 15_000.0, 150.0  # microseconds
LIMIT = 3.0  # seconds, of a hybrid's jobs


@dataclass(frozen=True)
class Quick:
    """A solver that gives any answer at once, and charges as one that had worked."""

    name: str
    kind: Kind
    graph_id: str = "g1"

    def definition(self) -> dict[str, Any]:
        identity: dict[str, Any] = {"name": self.name}
        properties: dict[str, Any] = {
            "category": "hybrid",
            "supported_problem_types": [self.kind],
            "parameters": {"time_limit": ""},
            "minimum_time_limit": [[1, LIMIT]],
        }
        if self.kind == "qpu":
            identity["version"] = {"graph_id": self.graph_id}
            properties = {
                "category": "qpu",
                "chip_id": self.name,
                "supported_problem_types": ["ising", "qubo"],
                "parameters": {"num_reads": ""},
                "num_qubits": len(QUBITS),
                "qubits": QUBITS,
                "couplers": COUPLERS,
                "topology": {"type": "other", "shape": []},
            }
        return {"identity": identity, "description": "for tests", "properties": properties}

    def check(self, work: Work) -> None: ...

    def change_graph(self) -> str:
        """Its graph stays; a job is refused here for no reason."""
        return self.graph_id

    def answer(self, work: Work) -> Reply:
        if isinstance(work.data, Biases):
            return self._reads(work, work.data)
        bqm = dimod.BQM({"a": 1.0, "b": -1.0}, {}, "BINARY")
        states = dimod.SampleSet.from_samples_bqm({"a": 0, "b": 1}, bqm)
        seconds = float(work.params.get("time_limit", LIMIT))
        if self.kind == "nl":
            timing = {"charge_time": seconds * 1e6, "run_time": 1000.0, "qpu_access_time": 0.0}
            answer = {"format": "binary-ref", "timing": timing, "shape": {}}
            return Reply(answer, seconds, 1, file=b"states of " + work.data)
        states.info.update(charge_time=seconds * 1e6, run_time=1000.0, qpu_access_time=0.0)
        data = states.to_serializable(use_bytes=False)
        return Reply({"format": "bq", "data": data}, seconds, 1)

    def _reads(self, work: Work, biases: Biases) -> Reply:
        active = np.flatnonzero(~np.isnan(biases.linear))
        reads = int(work.params.get("num_reads", 1))
        spins = np.random.default_rng(work.number).choice([-1, 1], (reads, len(active)))
        seconds = (PROGRAMMING + READ * reads) * 1e-6
        answer = encode_answer(
            active=active,
            samples=spins,
            energies=spins @ biases.linear[active],
            occurrences=np.ones(reads),
            timing={"qpu_access_time": seconds * 1e6},
            num_variables=len(QUBITS),
        )
        return Reply(answer, seconds, reads)


def quick(queue_delay: float = 0.0) -> Service:
    """Close it, or use it as a context."""
    chip: Any = Quick(CHIP, "qpu")
    kinds: tuple[Kind, ...] = ("bqm", "cqm", "nl")
    hybrids = [Quick(f"quick_{kind}", kind) for kind in kinds]
    rates = {backend.name: 1.0 for backend in (chip, *hybrids)}
    return Service(
        chip,
        hybrids,
        host="127.0.0.1",
        port=0,
        account=Account(token=None, quota=None, available=None, rates=rates),
        faults=Faults(),
        queue_delay=queue_delay,
    )


def connected(service: Service, **given: Any) -> Connection:
    return Connection.open(endpoint=service.url, token=service.token, **{"settling": 0.3, **given})


def question(kind: str, number: int = 0, **given: Any) -> Submission:
    """One of each kind and number, whose name is both."""
    named: dict[str, Any] = {"name": f"{kind}-{number}", "seed": number, **given}
    if kind == "qpu":
        solver = {"name": CHIP, "version": {"graph_id": "g1"}}
        problem = encoded({0: 1.0, 2: -1.0}, {(0, 1): 0.5}, qubits=QUBITS, couplers=COUPLERS)
        params: Mapping[str, Any] = {"num_reads": 10}
        seconds = (PROGRAMMING + READ * 10) * 1e-6
        return Submission("qpu", solver, "ising", problem, params, seconds, **named)
    problem = b"any bytes will do here"
    solver = {"name": f"quick_{kind}"}
    return Submission(kind, solver, kind, problem, {"time_limit": LIMIT}, LIMIT, **named)  # type: ignore[arg-type]  # a kind


EACH = Price(per_second=2.0, per_job=0.5)
