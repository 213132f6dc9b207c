"""Counters in a text file, for the textfile collector of Prometheus's node exporter.

Labels are the study, the solver and the outcome: no trial has a series of its own.
"""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path

from ...kit.saving import replacing
from ..records.record import Record

EVERY = 1.0  # seconds between two writes
METRICS = {
    "qopt_trials_total": "Trials that ended.",
    "qopt_trial_seconds_total": "Seconds that trials took.",
    "qopt_device_seconds_total": "Seconds of devices that trials took.",
    "qopt_queue_seconds_total": "Seconds that trials waited in the queues of devices.",
    "qopt_money_total": "Money that trials cost.",
}


class Prometheus:
    name = "Prometheus"

    def __init__(self, path: str) -> None:
        self.path, self.study = Path(path), ""
        self.sums: dict[str, dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
        self._written = 0.0

    def begin(self, study: str) -> None:
        self.study = study
        self._write()

    def ended(self, record: Record) -> None:
        which = record.solver, record.outcome
        self.sums["qopt_trials_total"][which] += 1
        self.sums["qopt_trial_seconds_total"][which] += record.seconds
        self.sums["qopt_device_seconds_total"][which] += record.device_seconds or 0.0
        queue = record.device.get("queue_seconds", 0.0)
        self.sums["qopt_queue_seconds_total"][which] += queue
        self.sums["qopt_money_total"][which] += record.money or 0.0
        if time.monotonic() - self._written >= EVERY:
            self._write()

    def finish(self) -> None:
        self._write()

    def _write(self) -> None:
        lines = []
        for metric, meaning in METRICS.items():
            lines += [f"# HELP {metric} {meaning}", f"# TYPE {metric} counter"]
            for (solver, outcome), value in sorted(self.sums[metric].items()):
                labels = {"study": self.study, "solver": solver, "outcome": outcome}
                told = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
                lines.append(f"{metric}{{{told}}} {value!r}")
        with replacing(self.path, clear=False) as file:
            file.write(("\n".join(lines) + "\n").encode())
        self._written = time.monotonic()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
