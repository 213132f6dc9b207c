"""Two roads: budgets, doing it again, and what comes of both together."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import dimod
import numpy as np
import pytest

from qopt.anneal.warm import warm_up_constrained
from qopt.samplers import reading_back
from qopt.samplers.two_roads import TwoRoads

from .hidden_rows import LIGHT, choices, same, sample, tour

SECONDS = 0.8


@pytest.fixture(autouse=True, scope="module")
def _compiled() -> None:
    warm_up_constrained()  # so that no deadline below waits for a compiler


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    "options",
    [{"num_sweeps": 70}, {"time_limit": SECONDS}, {}, {"time_limit": 2 * SECONDS}],
    ids=str,
)
def test_a_run_is_replayed_from_its_info(options: dict[str, Any], threads: int) -> None:
    bqm = choices(12, 6, 40.0, 3)
    found = sample(bqm, seed=7, num_threads=threads, **options)
    sweeps = json.loads(json.dumps(found.info["num_sweeps"]))
    assert set(sweeps) == {"rows", "qubo"}
    for hands in (1, 2):
        again = sample(bqm, seed=7, num_sweeps=sweeps, num_threads=hands)
        assert same(found, again)
        assert again.info["num_sweeps"] == sweeps
        assert again.info["structure"]["road"] == found.info["structure"]["road"]
        assert again.info["sweeps"] <= found.info["sweeps"]


def test_the_road_with_two_stages_went_on() -> None:
    info = sample(tour(10), time_limit=SECONDS).info
    assert info["structure"]["road"] == "rows"
    assert [len(info["num_sweeps"][road]) for road in ("rows", "qubo")] == [2, 1]
    light = sample(LIGHT, time_limit=SECONDS).info
    assert light["structure"]["road"] == "qubo"
    assert [len(light["num_sweeps"][road]) for road in ("rows", "qubo")] == [1, 2]


@pytest.mark.parametrize("generator", ["tile", "random"])
def test_a_run_from_initial_states_is_replayed(generator: str) -> None:
    bqm = choices(12, 6, 40.0, 3)
    given = sample(bqm, num_sweeps=2, structure="off", num_reads=3)
    options = {"initial_states": given, "initial_states_generator": generator, "num_threads": 2}
    found = sample(bqm, time_limit=SECONDS, **options)
    assert same(found, sample(bqm, num_sweeps=found.info["num_sweeps"], **options))


@pytest.mark.parametrize("weight", [1.0, 40.0])
def test_initial_states_are_never_made_worse(weight: float) -> None:
    bqm = choices(14, 6, weight, 3)
    good = sample(bqm, num_sweeps=2000, num_reads=1)
    for options in ({"num_sweeps": 1}, {"time_limit": SECONDS}):
        found = sample(bqm, num_reads=3, seed=2, initial_states=good, **options)
        assert (found.record.energy <= good.first.energy).all()


@pytest.mark.parametrize("seconds", [0.2, 1.0])
@pytest.mark.parametrize("make", [tour, lambda: tour(30), lambda: tour(52)], ids=[15, 30, 52])
def test_the_deadline_holds(make: Callable[[], dimod.BinaryQuadraticModel], seconds: float) -> None:
    bqm = make()
    for _ in range(3):  # other work may have held one up
        began = time.perf_counter()
        found = sample(bqm, time_limit=seconds)
        overrun = time.perf_counter() - began - seconds - found.info["timing"]["jit"]
        if overrun < 0.2:
            break
    assert overrun < 0.2
    assert found.info["stopped_by"] == "time"
    assert len(found) == 16


def test_what_would_take_too_long_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_back, "BASE_SECONDS", 100.0)
    bqm = choices(6, 5, 50.0, 1)
    found = sample(bqm, time_limit=0.2)
    assert found.info["structure"] == {"rows": {}, "road": "qubo"}
    assert any("no rows were looked for" in note for note in found.info["notes"])
    assert same(found, sample(bqm, num_sweeps=found.info["num_sweeps"], structure="off"))
    assert sample(bqm, num_sweeps=9).info["structure"]["rows"]["one-hot"] == 6


def test_rows_that_come_too_late_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TwoRoads, "have_time", lambda self, end: False)
    bqm = choices(6, 5, 50.0, 1)
    found = sample(bqm, time_limit=SECONDS)
    assert found.info["structure"]["rows"]["one-hot"] == 6
    assert found.info["structure"]["road"] == "qubo"
    assert any("no time was left" in note for note in found.info["notes"])
    assert same(found, sample(bqm, num_sweeps=found.info["num_sweeps"]))


def test_sweeps_and_a_limit_leave_each_road_its_time() -> None:
    found = sample(tour(), num_sweeps=10**8, time_limit=SECONDS)
    assert found.info["stopped_by"] == "time"
    assert set(found.info["structure"]["energies"]) == {"rows", "qubo"}
    assert found.info["structure"]["road"] == "rows"


@pytest.mark.parametrize("options", [{}, {"time_limit": 30.0}, {"num_sweeps": 10**6}], ids=str)
def test_a_target_ends_it_on_whichever_road(options: dict[str, Any]) -> None:
    bqm = tour()
    reached = sample(bqm, num_sweeps=300).first.energy
    found = sample(bqm, target=reached, **options)
    assert found.info["stopped_by"] == "target"
    assert found.first.energy <= reached
    assert found.info["num_sweeps"]["qubo"] == []
    assert found.info["structure"]["road"] == "rows"
    assert len(found) == 16


def test_a_target_that_breaks_rows_is_reached_on_the_other_road() -> None:
    lowest = sample(LIGHT, num_sweeps=500).first.energy
    found = sample(LIGHT, target=lowest)
    assert found.info["stopped_by"] == "target"
    assert found.first.energy == pytest.approx(lowest)
    assert set(found.info["num_sweeps"]) == {"rows", "qubo"}
    assert found.info["structure"]["road"] == "qubo"


def test_an_interrupt_ends_it_at_once_and_later() -> None:
    bqm = tour()
    at_once = sample(bqm, time_limit=60, interrupt=lambda: True)
    assert at_once.info["stopped_by"] == "interrupt"
    assert len(at_once) == 16
    dimod.testing.assert_sampleset_energies(at_once, bqm)
    told = threading.Event()
    threading.Timer(0.4, told.set).start()
    began = time.perf_counter()
    later = sample(bqm, time_limit=60, interrupt=told.is_set)
    assert later.info["stopped_by"] == "interrupt"
    assert time.perf_counter() - began < 20


def test_what_is_told_on_the_way_is_never_worse_than_before() -> None:
    bqm, told = tour(), []
    ising_order = list(bqm.variables)
    here = threading.get_ident()

    def note(found: Any) -> None:
        assert threading.get_ident() == here
        bits = (found.states + 1) // 2
        np.testing.assert_allclose(bqm.energies((bits, ising_order)), found.energies)
        told.append((time.perf_counter(), float(found.energies[0]), found.sweeps))

    found = sample(bqm, time_limit=2, on_progress=note)
    assert len(told) >= 5
    for before, after in itertools.pairwise(told):
        assert after[1] <= before[1]
        assert after[2] >= before[2]
        assert after[0] - before[0] > 0.09
    assert found.first.energy <= told[-1][1]


def test_timing_adds_up_and_sweeps_are_those_of_both() -> None:
    began = time.perf_counter()
    info = sample(choices(12, 6, 40.0, 3), num_sweeps=50).info
    passed = time.perf_counter() - began
    timing = info["timing"]
    assert sum(timing[part] for part in ("setup", "jit", "sample")) <= passed
    assert min(timing["setup"], timing["sample"]) > 0
    assert info["sweeps"] == 100
    assert info["spin_updates_per_second"] > 0
    assert info["beta_range"][0] < info["beta_range"][1]


def test_every_read_is_a_local_minimum() -> None:
    """Of rows so light that one who keeps them all is hardly ever one."""
    bqm = LIGHT
    for found in (sample(bqm, num_sweeps=30, num_reads=40), sample(bqm, interrupt=lambda: True)):
        assert set(found.info["num_sweeps"]) == {"rows", "qubo"}
        states = found.record.sample
        labels = list(found.variables)
        for k in range(len(labels)):
            flipped = states.copy()
            flipped[:, k] = 1 - flipped[:, k]
            assert (bqm.energies((flipped, labels)) >= found.record.energy - 1e-9).all()
