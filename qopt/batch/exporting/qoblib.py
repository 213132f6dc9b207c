"""Submissions to QOBLIB, the Quantum Optimization Benchmarking Library (arXiv 2504.03832).

A submission is a folder `YYYYMMDD_NAME_SUBMITTER` with a README, and for each instance a summary of
27 columns, the best solution, and for each run when it found which objective.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path
from statistics import fmean
from typing import Any

from ...errors import QoptError
from ...kit.saving import replacing
from ...problem import better
from ..records.record import Record
from ..run import Run

COLUMNS = (
    "Problem",
    "Submitter",
    "Date",
    "Reference",
    "Best Objective Value",
    "Optimality Bound",
    "Modeling Approach",
    "# Decision Variables",
    "# Binary Variables",
    "# Integer Variables",
    "# Continuous Variables",
    "# Non-Zero Coefficients",
    "Coefficients Type",
    "Coefficients Range",
    "Workflow",
    "Algorithm Type",
    "# Runs",
    "# Feasible Runs",
    "# Successful Runs",
    "Success Threshold",
    "Hardware Specifications",
    "Total Runtime",
    "CPU Runtime",
    "GPU Runtime",
    "QPU Runtime",
    "Other HW Runtime",
    "Remarks",
)
UNKNOWN = "N/A"
SUCCESS = 1e-6  # a run is successful whose gap to the best objective is at most this


@dataclass(frozen=True)
class Submitter:
    """Who submits, with what reference, and on which machine; `day` is the folder's date."""

    name: str = UNKNOWN
    reference: str = UNKNOWN
    hardware: str = UNKNOWN
    day: date | None = None


def write_submissions(run: Run, folder: Path, by: Submitter) -> list[Path]:
    """A submission for each solver of the study. Raises FileError, and QoptError for no records."""
    groups: dict[str, dict[tuple[str, str], list[Record]]] = defaultdict(lambda: defaultdict(list))
    for record in run.records:
        if record.outcome != "interrupted":
            groups[record.solver][record.kind, record.instance].append(record)
    if not groups:
        raise QoptError(f"{run.folder}: no trial is done yet, so there is nothing to export")
    day = by.day or date.today()
    written = []
    for solver, instances in groups.items():
        name = f"{day:%Y%m%d}_{_word(f'{run.folder.name}-{solver}')}_{_word(by.name)}"
        for (_, instance), records in instances.items():
            _write_instance(run, folder / name, _word(instance), records, by, day)
        _write(folder / name / "README.md", _readme(run, solver, instances, by))
        written.append(folder / name)
    return written


def _write_instance(
    run: Run, folder: Path, name: str, records: Sequence[Record], by: Submitter, day: date
) -> None:
    best = _best(records)
    row = _row(records, best, name, by, day)
    text = StringIO()
    csv.DictWriter(text, COLUMNS, lineterminator="\n").writeheader()
    csv.DictWriter(text, COLUMNS, lineterminator="\n").writerow(row)
    _write(folder / f"{name}_summary.csv", text.getvalue())
    series = [[{"Time": time, "Incumbent": value} for time, value in r.trace] for r in records]
    _write(folder / f"{name}_objective_time_series.json", json.dumps(series))
    if best is not None and best.file is not None:
        plan = run.result(best).best
        assert plan is not None  # its outcome is "feasible"
        ending, solution = _solution(plan.to_dict())
        _write(folder / f"{name}_solution.{ending}", solution)


def _row(
    records: Sequence[Record], best: Record | None, name: str, by: Submitter, day: date
) -> dict[str, Any]:
    first, size = records[0], dict(records[0].size)
    objective = None if best is None else best.objective
    bounds = [record.bound for record in records if record.bound is not None]
    bound = None
    if bounds:
        bound = max(bounds) if first.sense == "min" else min(bounds)
    device = [r.device_seconds for r in records if r.device_seconds is not None]
    solver = str(first.parts.get("solver", first.solver))
    values = {
        "Problem": name,
        "Submitter": by.name,
        "Date": f"{day:%Y-%m-%d}",
        "Reference": by.reference,
        "Best Objective Value": objective,
        "Optimality Bound": bound,
        "Modeling Approach": "constrained quadratic model",
        "# Decision Variables": size.get("variables"),
        "Workflow": f"qopt, solver {solver}, parameters {json.dumps(first.parts['parameters'])}",
        "Algorithm Type": "stochastic",
        "# Runs": len(records),
        "# Feasible Runs": sum(record.outcome == "feasible" for record in records),
        "# Successful Runs": sum(_reached(record, objective) for record in records),
        "Success Threshold": SUCCESS,
        "Hardware Specifications": by.hardware,
        "Total Runtime": fmean(record.seconds for record in records),
        "CPU Runtime": fmean(record.seconds for record in records) if not device else None,
        "QPU Runtime": fmean(device) if device else None,
        "Remarks": _remark(records),
    }
    return {name: _told(values.get(name)) for name in COLUMNS}


def _reached(record: Record, objective: float | None) -> bool:
    if record.objective is None or objective is None:
        return False
    return abs(record.objective - objective) <= SUCCESS * max(1.0, abs(objective))


def _best(records: Sequence[Record]) -> Record | None:
    found: Record | None = None
    for record in records:
        if record.outcome != "feasible" or record.objective is None:
            continue
        if found is None or better(record.sense, record.objective, found.objective or 0.0):
            found = record
    return found


def _solution(plan: Mapping[str, Any]) -> tuple[str, str]:
    """Lines of a name and a value where the plan is values of variables, else its JSON."""
    values = plan.get("values")
    if isinstance(values, Mapping) and set(plan) == {"values"}:
        return "txt", "".join(f"{name} {_told(value)}\n" for name, value in values.items())
    return "json", json.dumps(plan, indent=1) + "\n"


def _remark(records: Sequence[Record]) -> str:
    """What ended otherwise than in a plan, by number."""
    counts: dict[str, int] = defaultdict(int)
    for record in records:
        if record.outcome != "feasible":
            counts[record.outcome] += 1
    ended = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    return f"time limit {records[0].time_limit:g} s" + (f"; {ended}" if ended else "")


def _readme(
    run: Run, solver: str, instances: Mapping[tuple[str, str], Sequence[Record]], by: Submitter
) -> str:
    versions = next((dict(r.versions) for group in instances.values() for r in group), {})
    lines = [
        f"# {run.folder.name}: {solver}",
        "",
        f"Submitted by {by.name}. Exported from a study that qopt ran: each run is one seed, its "
        "time series is of all feasible plans that were the best for a while, in seconds from the "
        "start of the search.",
        "",
        f"Hardware: {by.hardware}. Reference: {by.reference}.",
        "",
        "| instance | runs | feasible | best |",
        "|---|--:|--:|--:|",
    ]
    for (_, name), records in instances.items():
        best, feasible = _best(records), sum(r.outcome == "feasible" for r in records)
        told = UNKNOWN if best is None else _told(best.objective)
        lines.append(f"| {_word(name)} | {len(records)} | {feasible} | {told} |")
    lines += ["", "Versions: " + ", ".join(f"{k} {v}" for k, v in versions.items()), ""]
    return "\n".join(lines)


def _told(value: Any) -> str:
    """A plain number, a text, or N/A."""
    if value is None:
        return UNKNOWN
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def _word(text: str) -> str:
    """As part of a file's name."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", text).strip("-.") or "unnamed"


def _write(path: Path, text: str) -> None:
    with replacing(path) as file:
        file.write(text.encode())
