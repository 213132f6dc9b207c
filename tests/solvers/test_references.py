"""The solvers to compare with: when they end, what they bring back, and what they refuse."""

from __future__ import annotations

import time
from typing import Any, ClassVar

import dimod
import dwave.samplers
import pytest

import qopt
from qopt.errors import ModelTooLarge
from qopt.solvers.references import KEPT

from .. import tiny


class Clock:
    """Stands still but for what is added to it."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class SlowSampler:
    """A read takes a second of the clock, and finds a random sample."""

    clock: ClassVar[Clock]
    seeds: ClassVar[list[int]]

    def sample(self, bqm: Any, *, num_reads: int, num_sweeps: int, seed: int) -> dimod.SampleSet:
        assert num_reads == 1
        self.seeds.append(seed)
        self.clock.now += 1.0
        return dimod.RandomSampler().sample(bqm, num_reads=1, seed=seed)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    SlowSampler.clock, SlowSampler.seeds = clock, []
    monkeypatch.setattr(dwave.samplers, "SimulatedAnnealingSampler", SlowSampler)
    monkeypatch.setattr(time, "perf_counter", clock)
    return clock


def reads_of(result: Any) -> int:
    reads: int = result.provenance["solver"]["reads"]
    assert sum(result.samples.record.num_occurrences) == min(reads, KEPT)
    return reads


@pytest.mark.parametrize(("limit", "reads"), [(3.5, 3), (4.5, 4), (1.2, 1)])
def test_neal_begins_no_read_that_would_end_too_late(
    clock: Clock, limit: float, reads: int
) -> None:
    result = qopt.solve(tiny.shop(), solver="neal", time_limit=limit, seed=1)
    assert reads_of(result) == reads
    assert result.stopped_by == "time"
    assert result.timing["sample"] == pytest.approx(reads)


def test_neal_ends_after_its_reads_whatever_the_time(clock: Clock) -> None:
    result = qopt.solve(tiny.shop(), solver="neal", time_limit=None, num_reads=70, seed=1)
    assert reads_of(result) == 70
    assert result.stopped_by == "sweeps"
    assert len(set(SlowSampler.seeds)) == 70
    first = list(SlowSampler.seeds)
    SlowSampler.seeds = []
    qopt.solve(tiny.shop(), solver="neal", time_limit=None, num_reads=70, seed=1)
    assert first == SlowSampler.seeds


def test_neal_ends_between_reads_where_it_is_interrupted(clock: Clock) -> None:
    asked = iter([False, False, True])
    result = qopt.solve(
        tiny.shop(), solver="neal", time_limit=100, seed=1, interrupt=lambda: next(asked)
    )
    assert reads_of(result) == 3
    assert result.stopped_by == "interrupt"


def test_neal_without_any_budget_is_refused() -> None:
    with pytest.raises(qopt.QoptError, match="needs a time_limit or num_reads"):
        qopt.solve(tiny.shop(), solver="neal", time_limit=None)


def test_enumeration_looks_at_as_many_as_it_says_and_no_more() -> None:
    """Two binaries, a spin and a whole number of 3 values: 24 assignments."""
    cqm = dimod.ConstrainedQuadraticModel()
    a, b, s, n = (
        *dimod.Binaries("ab"),
        dimod.Spin("s"),
        dimod.Integer("n", lower_bound=1, upper_bound=3),
    )
    cqm.set_objective(a - 2 * b + 3 * s - n)
    cqm.add_constraint(a + b + n <= 3, label="room")
    result = qopt.solve(cqm, solver="exact", limit=24)
    assert result.objective == result.bound == -7
    assert result.provenance["solver"]["assignments"] == 24
    with pytest.raises(ModelTooLarge, match=r"24.*23"):
        qopt.solve(cqm, solver="exact", limit=23)


def test_enumeration_proves_that_nothing_is_feasible() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b = dimod.Binaries("ab")
    cqm.set_objective(a)
    cqm.add_constraint(a + b >= 3, label="three")
    result = qopt.solve(cqm, solver="exact")
    assert result.status is qopt.Status.INFEASIBLE_PROVED
    assert result.bound is None


def test_greedy_without_a_heuristic_is_refused() -> None:
    with pytest.raises(qopt.QoptError, match="has no greedy heuristic; take solver 'annealer'"):
        qopt.solve(dimod.ConstrainedQuadraticModel(), solver="greedy")
