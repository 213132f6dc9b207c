"""What is read, compiled or found is never changed afterwards: its classes are frozen."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator

import problems
import qopt

# what is filled while it is at work, and then handed on or thrown away
FILLED = {
    "Account", "Anneals", "Answer", "Arm", "AtHand", "Bounds", "Choice", "Contradiction",
    "Coordinator", "Fields", "FileRow", "Found", "Freed", "Incumbents", "Job", "Judge", "Ladder",
    "LearningAnnealer", "OnService", "OrderedSet", "Pace", "Program", "Record", "References",
    "Round", "RoutingFields", "Row", "Running", "Search", "Section", "Session", "Shelf", "Sum",
    "Task", "Tempering", "Timing", "Trackers", "Watch", "WeightedGraph", "Worker", "_Ending",
    "_Heard", "_Opened", "_Together", "_WithHelpers",
}  # fmt: skip


def _classes() -> Iterator[type]:
    for package in (qopt, problems):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            try:
                module = importlib.import_module(found.name)
            except ModuleNotFoundError:
                continue  # of another program, which is not installed
            for thing in vars(module).values():
                if isinstance(thing, type) and thing.__module__ == found.name:
                    yield thing


def test_dataclasses_are_frozen_but_for_those_that_are_filled() -> None:
    open_ = {
        kind.__qualname__
        for kind in _classes()
        if dataclasses.is_dataclass(kind) and not kind.__dataclass_params__.frozen
    }
    assert open_ == FILLED
