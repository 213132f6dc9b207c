"""Runs on an MLflow server: a parent for the study, a child for each trial.

Four calls of MLflow's REST API 2.0 do it. The client's package would bring some forty others, and
cannot log without a server either.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ..posting import NotTold, post, require_address
from ..records.record import DEVICE_METRICS, Record
from ..studies.entries import MLflowEntry

LONGEST = 500  # characters of a parameter's value that every server takes


class MLflow:
    name = "MLflow"

    def __init__(self, asked: MLflowEntry) -> None:
        self.address = require_address("mlflow.address", asked.address)
        self.experiment = asked.experiment
        self.study, self.number = "", ""
        self.parent: str | None = None

    def begin(self, study: str) -> None:
        self.study = study
        self.number = self._experiment(self.experiment or study)
        self.parent = self._create(study, {"qopt.study": study})

    def ended(self, record: Record) -> None:
        if self.parent is None:  # the server did not answer at the beginning
            self.begin(self.study)
        tags = {
            "mlflow.parentRunId": str(self.parent),
            "qopt.outcome": record.outcome,
            "qopt.instance": record.instance,
        }
        child = self._create(record.label, tags)
        metrics = {
            "objective": record.objective,
            "gap": record.gap,
            "bound": record.bound,
            "seconds": record.seconds,
            "money": record.money,
            "device_seconds": record.device_seconds,
            **{name: record.device.get(name) for name in DEVICE_METRICS},
        }
        parameters = {
            "solver": record.solver,
            "kind": record.kind,
            "instance": record.instance,
            "seed": record.seed,
            "time_limit": record.time_limit,
            **dict(record.parts.get("parameters", {})),
        }
        now = int(time.time() * 1000)
        self._call(
            "runs/log-batch",
            {
                "run_id": child,
                "metrics": [
                    {"key": key, "value": float(value), "timestamp": now, "step": 0}
                    for key, value in metrics.items()
                    if value is not None
                ],
                "params": [
                    {"key": key, "value": str(value)[:LONGEST]} for key, value in parameters.items()
                ],
            },
        )
        self._end(child, "FAILED" if record.failed else "FINISHED")

    def finish(self) -> None:
        if self.parent is not None:
            self._end(self.parent, "FINISHED")

    def _experiment(self, name: str) -> str:
        """Its number, made where it is not there."""
        try:
            return str(self._call("experiments/create", {"name": name})["experiment_id"])
        except NotTold as error:
            if "RESOURCE_ALREADY_EXISTS" not in str(error):
                raise
        found = self._call(
            "experiments/search",
            {"filter": f"name = '{_quoted(name)}'", "max_results": 1},
        )
        return str(found["experiments"][0]["experiment_id"])

    def _create(self, name: str, tags: Mapping[str, str]) -> str:
        made = self._call(
            "runs/create",
            {
                "experiment_id": self.number,
                "run_name": name,
                "start_time": int(time.time() * 1000),
                "tags": [{"key": key, "value": value} for key, value in tags.items()],
            },
        )
        return str(made["run"]["info"]["run_id"])

    def _end(self, number: str, status: str) -> None:
        ended = {"run_id": number, "status": status, "end_time": int(time.time() * 1000)}
        self._call("runs/update", ended)

    def _call(self, what: str, document: Mapping[str, Any]) -> Any:
        return post(f"{self.address}/api/2.0/mlflow/{what}", document)


def _quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace("'", "\\'")
