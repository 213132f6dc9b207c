"""A model asked again is the same question, whenever its file was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dimod
import pytest
from dwave.optimization import Model

from qopt.ocean.jobs import Submission
from qopt.ocean.jobs.submission import timeless


def _constrained(bound: int) -> bytes:
    cqm = dimod.ConstrainedQuadraticModel()
    x, y = dimod.Binary("x"), dimod.Integer("y", upper_bound=5)
    cqm.set_objective(x * y)
    cqm.add_constraint(x + y <= bound, label="c")
    with cqm.to_file() as file:
        return bytes(file.read())


def _nonlinear(size: int) -> bytes:
    model = Model()
    model.minimize(model.binary(size).sum())
    with model.lock(), model.to_file() as file:
        return bytes(file.read())


@pytest.mark.parametrize("written", [_constrained, _nonlinear])
def test_the_time_of_writing_is_no_part_of_the_question(
    written: Callable[[int], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_700_000_000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    first = written(3)
    now[0] += 86_400
    later, other = written(3), written(4)
    assert first != later
    assert timeless(first) == timeless(later) != timeless(other)
    keys = {_asked(data).key for data in (first, later)}
    assert len(keys) == 1
    assert _asked(other).key not in keys


def test_what_is_no_archive_is_left_as_it_is() -> None:
    bqm = dimod.BinaryQuadraticModel({"a": 1}, {"ab": 2}, 0.0, "BINARY")
    with bqm.to_file() as file:
        data = bytes(file.read())
    assert timeless(data) is data


def _asked(data: bytes) -> Submission:
    given: dict[str, Any] = {"time_limit": 5}
    return Submission("cqm", {"name": "hybrid"}, "cqm", data, given, 5.0)
