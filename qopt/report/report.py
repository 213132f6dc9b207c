"""A page of a run: looked up, found, rendered, written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..batch import Run
from ..compare import Rates
from ..errors import QoptError
from ..kit.saving import replacing, require_writable
from .evidence import Evidence
from .findings import Findings
from .lookups.devices import devices
from .lookups.plans import plans
from .lookups.problems import Problems
from .lookups.sizes import sizes
from .rendering import render


def report(
    run: Run | str | Path,
    output: str | Path | None = None,
    *,
    question: Mapping[str, Any] | None = None,
    rates: Rates | None = None,
) -> Path:
    """Write a run's page, one HTML file that needs nothing else, and give back its path.

    Parameters
    ----------
    run
        A run, or the folder of a study's results.
    output
        The file; `report.html` in the folder of the run where nothing is given.
    question
        What to ask otherwise than the study registered: `baseline`, `metric`, `margin`, ... of
        `qopt.compare.Question`. The page says that it was asked afterwards.
    rates
        What the business knows of worth and cost, for the break-even.

    Raises
    ------
    QoptError
        For a folder without records, a question that cannot be answered, a file that cannot be
        written.
    """
    opened = run if isinstance(run, Run) else Run.open(run)
    path = require_writable(output or opened.folder / "report.html")
    if path.suffix.lower() not in (".html", ".htm"):
        raise QoptError(f"{path}: give a name that ends in .html, by which a browser knows it")
    problems = Problems()
    evidence = Evidence.of(
        opened,
        question=question,
        rates=rates,
        sizes=sizes(opened.records, problems),
        devices=devices(opened),
        plans=plans(opened, problems),
    )
    if question and (trouble := Findings(evidence).trouble):
        raise QoptError(f"{opened.folder}: {trouble}")
    text = render(evidence)
    with replacing(path) as file:
        file.write(text.encode())
    return path
