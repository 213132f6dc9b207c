"""Scripts written for Ocean run as they are: nothing leads them here but the environment."""

from __future__ import annotations

import json
import subprocess
import sys
from textwrap import dedent
from typing import Any

import pytest

from qopt.emulator import Service, Status

SCRIPTS = {
    "DWaveSampler": """
        from dwave.system import DWaveSampler

        with DWaveSampler() as sampler:
            a, b = sampler.edgelist[0]
            found = sampler.sample_ising({a: -1, b: 1}, {(a, b): 0.5}, num_reads=100, label=LABEL)
            answer = [found.first.sample[a], found.first.sample[b], found.first.energy]
            tell(answer, found.info)
    """,
    "EmbeddingComposite": """
        from dwave.system import DWaveSampler, EmbeddingComposite

        with DWaveSampler(topology__type="zephyr") as qpu:
            sampler = EmbeddingComposite(qpu)
            Q = {("x", "x"): -1, ("y", "y"): -1, ("z", "z"): -1}
            Q |= {("x", "y"): 2, ("y", "z"): 2, ("x", "z"): 2}
            found = sampler.sample_qubo(Q, num_reads=200, label=LABEL, return_embedding=True)
            tell([sum(found.first.sample.values()), found.first.energy], found.info)
    """,
    "DWaveCliqueSampler": """
        import dimod
        from dwave.system import DWaveCliqueSampler

        with DWaveCliqueSampler() as sampler:
            bqm = dimod.BinaryQuadraticModel({}, {}, 0.5, "SPIN")
            bqm.add_quadratic_from((u, v, -0.5) for u in range(5) for v in range(u))
            found = sampler.sample(bqm, num_reads=100, label=LABEL)
            answer = [abs(sum(found.first.sample.values())), found.first.energy]
            tell([*answer, sampler.largest_clique_size > 20], found.info)
    """,
    "LeapHybridSampler": """
        import dimod
        from dwave.system import LeapHybridSampler

        with LeapHybridSampler() as sampler:
            bqm = dimod.BinaryQuadraticModel({"a": 1, "b": 1}, {("a", "b"): -3}, 2.0, "BINARY")
            found = sampler.sample(bqm, label=LABEL)
            tell([found.first.sample["a"], found.first.sample["b"], found.first.energy], found.info)
    """,
    "LeapHybridCQMSampler": """
        import dimod
        from dwave.system import LeapHybridCQMSampler

        cqm = dimod.ConstrainedQuadraticModel()
        i, x = dimod.Integer("i", upper_bound=9), dimod.Binary("x")
        cqm.set_objective(-i - 5 * x)
        cqm.add_constraint(i + 4 * x <= 8, label="room")
        with LeapHybridCQMSampler() as sampler:
            found = sampler.sample_cqm(cqm, label=LABEL)
            best = found.filter(lambda row: row.is_feasible).first
            tell([best.sample["i"], best.sample["x"], best.energy], found.info)
    """,
    "LeapHybridNLSampler": """
        from dwave.optimization.generators import traveling_salesperson
        from dwave.system import LeapHybridNLSampler

        model = traveling_salesperson([[0, 1, 9, 9], [9, 0, 1, 9], [9, 9, 0, 1], [1, 9, 9, 0]])
        with LeapHybridNLSampler() as sampler:
            result = sampler.sample(model, label=LABEL).result()
            route = next(model.iter_decisions()).state(0).astype(int).tolist()
            turned = route[route.index(0):] + route[:route.index(0)]
            tell([turned, float(model.objective.state(0))], result.info)
    """,
}
ANSWERS: dict[str, list[Any]] = {
    "DWaveSampler": [1, -1, -2.5],
    "EmbeddingComposite": [1, -1.0],
    "DWaveCliqueSampler": [5, -4.5, True],
    "LeapHybridSampler": [1, 1, 1.0],
    "LeapHybridCQMSampler": [4.0, 1.0, -9.0],
    "LeapHybridNLSampler": [[0, 1, 2, 3], 4.0],
}
# around a script, so that the test can read what it found
TELL = """
import json, sys
LABEL = sys.argv[1]

def tell(answer, info):
    print(json.dumps([answer, info], default=float))
"""


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_for_ocean_runs_as_it_is(service: Service, name: str) -> None:
    code = TELL + dedent(SCRIPTS[name])
    ran = subprocess.run(
        [sys.executable, "-c", code, name],
        env=service.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    answer, info = json.loads(ran.stdout)
    assert answer == ANSWERS[name]
    assert info["problem_label"] == name
    (job,) = [job for job in service.jobs if job.label == name]
    assert info["problem_id"] == job.id
    assert job.status is Status.COMPLETED
    assert job.charged > 0
    timing = info.get("timing", info)
    charged = timing.get("qpu_access_time") or timing["charge_time"]
    assert charged / 1e6 == pytest.approx(job.charged, rel=1e-6)
    assert timing["emulated"]
