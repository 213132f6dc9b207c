"""Sets of published planning problems with the bars that plans are held to."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qopt import QoptError
from qopt.plugins import make_problem, problem_class

from .instances import NotAtHand

KINDS = {  # what reads the files of a family of the index
    "tsp": "travelling-salesman",
    "cvrp": "vehicle-routing",
    "vrptw": "vehicle-routing",
    "jobshop": "job-shop",
    "flexible_jobshop": "flexible-job-shop",
    "rcpsp": "project-scheduling",
    "shift_scheduling": "rostering",
    "bin_packing": "bin-packing",
    "qap": "quadratic-assignment",
    "facility_location": "facility-location",
    "generalized_assignment": "generalized-assignment",
    "multidim_knapsack": "multi-knapsack",
}
OPTIONS = {
    "max_vehicles": "vehicles",
    "take_first": "take_first",
    "problem": "problem",
}  # of an entry, and of its reader


@dataclass(frozen=True)
class PlanSet:
    """The instances of a family whose names match, and how far from the best known their plans may
    be.

    The mean gap of all runs has to be within `bar`, and that of an instance that is named in `own`
    within its own. With `bins`, gaps are counted in bins, not in percent, and every run has to be
    within `bar`.
    """

    family: str
    names: str
    seconds: float
    bar: float
    own: Mapping[str, float] = field(default_factory=dict)
    bins: bool = False

    @property
    def unit(self) -> str:
        return "more" if self.bins else "%"

    @property
    def sense(self) -> str:
        sense: str = problem_class(KINDS[self.family]).sense
        return sense


SETS = {
    "tsp-76": PlanSet("tsp", "burma14|ulysses16|gr17|gr24|dantzig42|eil51|berlin52|eil76", 20, 1),
    "tsp-130": PlanSet("tsp", "kroA100|bier127|ch130", 30, 2),
    "tsp-280": PlanSet("tsp", "a280", 60, 5),
    "cvrp-80": PlanSet("cvrp", r"[ABEFP]-n([1-7]\d|80)-k\d+", 30, 2),
    "cvrp-x": PlanSet("cvrp", "X-n101-k25|X-n115-k10|X-n200-k36", 60, 5),
    "solomon-50": PlanSet("vrptw", r"R?C?\d+\.(25|50)", 30, 1.5),
    "solomon-100": PlanSet("vrptw", r"R?C?\d+\.100", 60, 5),
    "shop-small": PlanSet("jobshop", "ft06|la01|la02|la06|la11", 20, 1, {"ft06": 0}),
    "shop": PlanSet("jobshop", "ft10|ft20|la16|la21|abz5|orb01|orb02", 60, 6),
    "flexible": PlanSet("flexible_jobshop", "mk01|mk03|mk04|mk08", 30, 4),
    "rcpsp-30": PlanSet("rcpsp", "j30.*", 30, 2),
    "rcpsp-60": PlanSet("rcpsp", "j60.*", 30, 5),
    "rosters": PlanSet(
        "shift_scheduling",
        "Instance[123]",
        60,
        15,
        {"Instance1": 5, "Instance2": 10, "Instance3": 15},
    ),
    "bins": PlanSet("bin_packing", "[ut]120_.*", 30, 1, bins=True),
    "layouts": PlanSet("qap", ".*", 10, 1),
    "sites": PlanSet("facility_location", "cap(61|71|101|131)", 10, 0.1),
    "jobs": PlanSet("generalized_assignment", ".*", 10, 0.1),
    "knapsacks": PlanSet("multidim_knapsack", ".*", 10, 0.3),
}


@dataclass(frozen=True)
class PlanInstance:
    """A problem in a file, the options its reader takes, and the objective of the best plan anyone
    has reported.
    """

    name: str
    family: str
    path: Path
    options: Mapping[str, Any]
    best_known: float

    def problem(self) -> Any:
        return make_problem(KINDS[self.family], file=self.path, options=self.options)


def load(
    labels: Sequence[str], only: Sequence[str] | None = None, folder: str | None = None
) -> tuple[dict[str, list[PlanInstance]], list[str]]:
    """The instances of these sets, smallest first, or those of them that are named in `only`; and a
    line for each set left out.

    `folder`, by default what QOPT_INSTANCES says, has an index.json and the files it lists. Raises
    NotAtHand.
    """
    path = Path(folder or os.environ.get("QOPT_INSTANCES") or "")
    try:
        index = json.loads((path / "index.json").read_text())
    except OSError as error:
        raise NotAtHand(
            f"{path / 'index.json'}: {error.strerror}; set QOPT_INSTANCES, or give --folder"
        ) from None
    found: dict[str, list[PlanInstance]] = {}
    left_out = []
    for label in labels:
        chosen = SETS[label]
        try:
            problem_class(KINDS[chosen.family])
        except QoptError as error:
            left_out.append(f"{label}: left out, {error}")
            continue
        entries = [
            entry
            for entry in index
            if entry["family"] == chosen.family and re.fullmatch(chosen.names, entry["name"])
        ]
        wanted = [
            _instance(path, entry) for entry in entries if only is None or entry["name"] in only
        ]
        if wanted:
            found[label] = sorted(wanted, key=lambda instance: instance.path.stat().st_size)
        elif not entries:
            left_out.append(f"{label}: left out, the index has none of its instances")
    if unknown := set(only or ()) - {
        instance.name for instances in found.values() for instance in instances
    }:
        raise NotAtHand(
            f"{', '.join(sorted(unknown))}: not among the sets chosen; give names as the index has "
            "them"
        )
    return found, left_out


def _instance(folder: Path, entry: Mapping[str, Any]) -> PlanInstance:
    options = {name: entry[key] for key, name in OPTIONS.items() if key in entry}
    return PlanInstance(
        entry["name"], entry["family"], folder / entry["path"], options, float(entry["best_known"])
    )
