"""Plans that lie beside the file of their problem.

They are a .sol of routes as CVRPLIB has them, and a .opt.tour as TSPLIB has them.

What such a file says its plan costs is believed only where scoring the plan again gives the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from qopt import FileError
from qopt.kit.files import Text, number, whole

from .sections import stem

ROUTE = re.compile(r"Route\s*#?\s*(\d+)\s*:\s*(.*)", re.IGNORECASE)
COST = re.compile(r"Cost\s*:?\s*(\S+)", re.IGNORECASE)
LENGTH = re.compile(r"(?:length\s*[:=]?\s*|\()(\d+(?:\.\d+)?)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Stated:
    """What a plan is said to cost, as it is written."""

    text: str

    def is_(self, cost: float) -> bool:
        """Whether a cost is this one to the last digit that is written.

        It may be in whole units or in tenths to thousandths of them.
        """
        decimals = len(self.text.partition(".")[2]) if "e" not in self.text.lower() else 0
        step = 10.0**-decimals if decimals else 0.0
        return any(
            abs(float(self.text) - unit * cost) <= step + 1e-6 * abs(unit * cost)
            for unit in (1.0, 10.0, 100.0, 1000.0)
        )


@dataclass(frozen=True)
class PlanFile:
    """Trips or one tour, in the file's numbers; and the cost, where it is stated."""

    path: Path
    trips: tuple[tuple[int, tuple[int, ...]], ...]  # each with the number of its vehicle, from 1
    cost: Stated | None


def beside(text: Text, ending: str) -> Path | None:
    """The file of the same name with another ending in the same folder, where there is one."""
    path = text.path.parent / f"{stem(text)}{ending}"
    return path if path != text.path and path.is_file() else None


def read_routes(path: Path) -> PlanFile:
    """Lines 'Route #k: customers', and 'Cost c'. Raises FileError."""
    trips: list[tuple[int, tuple[int, ...]]] = []
    cost: Stated | None = None
    for line in Text.read(path).lines(comments=("#",)):
        if route := ROUTE.match(line.text):
            customers = [whole(word) for word in route[2].split()]
            if None in customers or not route[1].isascii():
                raise line.error("a route is a list of customers' numbers")
            trips.append((int(route[1][:9]), tuple(c for c in customers if c is not None)))
        elif (matched := COST.match(line.text)) and number(matched[1]) is not None:
            cost = Stated(matched[1])
    if not trips:
        raise FileError(path, "holds no 'Route #1: ...'")
    return PlanFile(path, tuple(trips), cost)


def read_tour(path: Path) -> PlanFile:
    """A TOUR_SECTION that ends with -1, and a length in the comment. Raises FileError."""
    stated: Stated | None = None
    cities: list[int] = []
    inside = False
    for line in Text.read(path).lines(comments=("#",)):
        if line.text.upper().startswith("COMMENT") and (matched := LENGTH.search(line.text)):
            stated = Stated(matched[1])
        if line.text.upper().startswith("TOUR_SECTION"):
            inside = True
        elif inside and line.text.upper() != "EOF":
            cities += line.wholes()
    if -1 in cities:
        cities = cities[: cities.index(-1)]
    if not cities:
        raise FileError(path, "holds no TOUR_SECTION")
    return PlanFile(path, ((1, tuple(cities)),), stated)
