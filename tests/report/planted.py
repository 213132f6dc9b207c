"""Evidence whose records are written down in the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from qopt.batch import Record
from qopt.batch.records.store import Registered
from qopt.provenance import versions
from qopt.report.evidence import Evidence

MADE, BEGUN = "2026-11-30T10:00:00+00:00", "2026-11-30T10:00:05.250+00:00"
QUESTION = {"baseline": "old", "metric": "objective", "margin": 1.0, "alpha": 0.05}


def record(
    objective: float | None = 100.0,
    *,
    instance: str = "one",
    solver: str = "old",
    seed: int = 1,
    **more: Any,
) -> Record:
    """One trial that ended; without an objective it found no plan."""
    given: dict[str, Any] = {
        "label": f"{instance}--{solver}--seed-{seed}",
        "key": f"{abs(hash((instance, solver, seed))):x}",
        "parts": {"instance": f"sha256:{instance}", "parameters": {}},
        "kind": "job-shop",
        "outcome": "none-found" if objective is None else "feasible",
        "time_limit": 10.0,
        "seconds": 10.0,
        "started": BEGUN,
        "host": "here",
        "threads": 1,
        "machine": {"others": 0.01, "steal": 0.0},
        "timing": {"compile": 0.25},
        "versions": {"python": "3.11"},
    }
    return Record(
        instance=instance, solver=solver, seed=seed, objective=objective, **{**given, **more}
    )


def records(
    gaps: Mapping[str, float],
    *,
    instances: int = 8,
    seeds: int = 4,
    points: int = 3,
    spread: float = 0.2,
    seed: int = 1,
) -> list[Record]:
    """Trials of solvers with mean gaps in percent, each with a trace of so many points."""
    random = np.random.default_rng(seed)
    found = []
    for number in range(instances):
        hard = random.uniform(0, 1)
        for solver, mean in gaps.items():
            suits = hard + spread * random.normal()
            for k in range(seeds):
                percent = max(mean + suits + spread * random.normal(), 0.0)
                objective = 1000 / (1 - percent / 100)
                times = np.sort(random.uniform(0.01, 9.9, points)).round(6).tolist()
                heights = objective * (1 + np.linspace(0.3, 0, points) ** 2)
                found.append(
                    record(
                        objective,
                        instance=f"i{number:03}",
                        solver=solver,
                        seed=k,
                        best_known=1000.0,
                        trace=tuple(zip(times, heights.tolist(), strict=True)),
                    )
                )
    return found


def evidence(rows: Sequence[Record], **more: Any) -> Evidence:
    """Of records, with a question that was registered before them."""
    given: dict[str, Any] = {
        "name": "study",
        "made": "2026-11-30T12:00:00+00:00",
        "qopt": versions()["qopt-annealing"],
        "registered": (Registered(MADE, QUESTION, {"study.yaml": "name: study\n"}),),
        "question": QUESTION,
    }
    return Evidence(records=tuple(rows), **{**given, **more})
