"""A stand-in for the chip, until there is one: a small graph, sampled without noise."""

from __future__ import annotations

from typing import Any

import numpy as np

from .backends import Backend, Biases, Kind, Refused, Reply, Work
from .coding import encode_answer


def backends(*, device: str, noise: str, seed: int, hybrid_minimum: float | None) -> list[Backend]:
    from .hybrids.bqm import HybridBqm
    from .hybrids.cqm import HybridCqm

    least: dict[str, float] = {} if hybrid_minimum is None else {"least": hybrid_minimum}
    return [Chip(seed), HybridBqm(seed, **least), HybridCqm(seed, **least)]


class Chip:
    name = "Emulated_Advantage2_provisional"
    kind: Kind = "qpu"

    def __init__(self, seed: int) -> None:
        from dwave.graphs import zephyr_graph

        graph = zephyr_graph(3, 4)
        self._qubits = sorted(int(v) for v in graph.nodes)
        self._couplers = sorted(sorted((int(u), int(v))) for u, v in graph.edges)
        self._nominal = len(self._qubits)
        self._seed, self._changes = seed, 0

    def definition(self) -> dict[str, Any]:
        parameters = ["num_reads", "answer_mode", "annealing_time", "auto_scale", "label",
                      "programming_thermalization", "readout_thermalization"]  # fmt: skip
        return {
            "identity": {"name": self.name, "version": {"graph_id": f"emulated{self._changes}"}},
            "description": "An emulated annealer: its answers are computed, not measured.",
            "properties": {
                "emulated": True,
                "category": "qpu",
                "chip_id": self.name,
                "topology": {"type": "zephyr", "shape": [3, 4]},
                "supported_problem_types": ["qubo", "ising"],
                "qubits": self._qubits,
                "couplers": self._couplers,
                "num_qubits": self._nominal,
                "h_range": [-4.0, 4.0],
                "j_range": [-1.0, 1.0],
                "extended_j_range": [-2.0, 1.0],
                "per_qubit_coupling_range": [-18.0, 15.0],
                "annealing_time_range": [0.5, 2000.0],
                "default_annealing_time": 20.0,
                "num_reads_range": [1, 10000],
                "problem_run_duration_range": [0.0, 1000000.0],
                "quota_conversion_rate": 1,
                "tags": [],
                "parameters": dict.fromkeys(parameters, "see D-Wave's documentation"),
            },
        }

    def check(self, work: Work) -> None:
        reads = work.params.get("num_reads", 1)
        if not isinstance(reads, int) or not 1 <= reads <= 10000:
            raise Refused(f"num_reads={reads}: the solver takes 1 to 10000")

    def change_graph(self) -> str:
        self._changes += 1
        gone = self._qubits.pop(self._changes * 7)
        self._couplers = [pair for pair in self._couplers if gone not in pair]
        return f"emulated{self._changes}"

    def answer(self, work: Work) -> Reply:
        from dimod import BinaryQuadraticModel
        from dwave.samplers import SimulatedAnnealingSampler

        assert isinstance(work.data, Biases)
        names = np.array(self._qubits)
        active = names[~np.isnan(work.data.linear)]
        used = set(active.tolist())
        pairs = [(u, v) for u, v in self._couplers if u in used and v in used]
        bqm = BinaryQuadraticModel("SPIN" if work.type == "ising" else "BINARY")
        bqm.add_linear_from(
            (int(v), work.data.linear[k]) for k, v in enumerate(names) if int(v) in used
        )
        bqm.add_quadratic_from(
            (u, v, bias) for (u, v), bias in zip(pairs, work.data.quadratic, strict=True)
        )
        reads = int(work.params.get("num_reads", 1))
        found = SimulatedAnnealingSampler().sample(
            bqm, num_reads=reads, num_sweeps=200, seed=self._seed + work.number
        )
        if work.params.get("answer_mode", "histogram") == "histogram":
            found = found.aggregate()
            found = found.slice(None, sorted_by="energy")
        order = [found.variables.index(int(v)) for v in active]
        sampling = reads * 120.0
        timing = {
            "qpu_sampling_time": sampling,
            "qpu_anneal_time_per_sample": 20.0,
            "qpu_readout_time_per_sample": 80.0,
            "qpu_delay_time_per_sample": 20.0,
            "qpu_programming_time": 30000.0,
            "qpu_access_time": 30000.0 + sampling,
            "qpu_access_overhead_time": 1000.0,
            "total_post_processing_time": 1.0,
            "post_processing_overhead_time": 1.0,
        }
        answer = encode_answer(
            active=active,
            samples=found.record.sample[:, order],
            energies=found.record.energy,
            occurrences=found.record.num_occurrences,
            timing=timing,
            num_variables=self._nominal,
        )
        return Reply(answer, (30000.0 + sampling) / 1e6, len(found))
