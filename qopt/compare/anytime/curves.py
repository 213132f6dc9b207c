"""How far from the reference each solver is at each time, on average."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..records import Reference, Run, gap


def gap_curves(
    runs: Iterable[Run], references: Iterable[Reference], times: Sequence[float]
) -> dict[str, list[float]]:
    """By solver, the mean gap in percent at each of the `times`, which rise.

    A mean over instances of the means over seeds, as every other figure; a run without a plan has a
    gap of 100 %. Its mean over the time from 0 to the horizon is `Summary.gap_over_time`.
    """
    known = {reference.instance: reference.objective for reference in references}
    grid = np.asarray(times, dtype=float)
    apart = defaultdict[str, defaultdict[str, list[NDArray[np.float64]]]](lambda: defaultdict(list))
    ordered = sorted(runs, key=lambda run: (run.instance, run.solver, run.seed))
    for run in ordered:
        apart[run.solver][run.instance].append(_gaps(run, known[run.instance], grid))
    return {
        solver: np.mean([np.mean(found, axis=0) for found in own.values()], axis=0).tolist()
        for solver, own in sorted(apart.items())
    }


def _gaps(run: Run, reference: float | None, grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """In percent, of the plan that the run had at each time."""
    steps = run.steps
    heights = np.array([1.0, *(gap(objective, reference) for _, objective in steps)])
    moments = np.array([time for time, _ in steps])
    return 100 * heights[np.searchsorted(moments, grid, side="right")]
