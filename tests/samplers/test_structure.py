"""Structure of QUBOs: rows that are read back, both roads, and that a result is what it says."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import dimod
import numpy as np
import pytest

import qopt
from problems.logistics import BinPacking, TravellingSalesman
from qopt import QoptError, Qubo
from qopt.anneal.core.ising import Ising
from qopt.anneal.warm import warm_up_constrained
from qopt.errors import PrecisionWarning
from qopt.samplers import QuboAnnealer, reading_back
from qopt.samplers.row_signs import has_signs_of_rows

SECONDS = 0.5


@pytest.fixture(autouse=True, scope="module")
def _compiled() -> None:
    warm_up_constrained()  # so that no deadline below waits for a compiler


def penalised(
    cqm: dimod.ConstrainedQuadraticModel, weight: float | None = None
) -> dimod.BinaryQuadraticModel:
    return dimod.cqm_to_bqm(cqm, lagrange_multiplier=weight)[0]


def tour(cities: int = 15) -> dimod.BinaryQuadraticModel:
    return penalised(TravellingSalesman.generate(cities=cities, seed=1).model())


def bins() -> dimod.BinaryQuadraticModel:
    return penalised(BinPacking.generate(items=8, seed=1).model(), 20.0)


def choices(
    groups: int, size: int, weight: float, seed: int, coupled: int | None = None
) -> dimod.BinaryQuadraticModel:
    """One of each group, by costs and by what pairs of neighbouring groups, of their first
    `coupled` bits, cost together.
    """
    random = np.random.default_rng(seed)
    cqm = dimod.ConstrainedQuadraticModel()
    x = [[dimod.Binary(f"{g}-{k}") for k in range(size)] for g in range(groups)]
    cqm.set_objective(
        dimod.quicksum(int(random.integers(-9, 10)) * bit for group in x for bit in group)
        + dimod.quicksum(
            int(random.integers(-9, 10)) * a * b
            for one, other in itertools.pairwise(x)
            for a in one[:coupled]
            for b in other[:coupled]
        )
    )
    for g, group in enumerate(x):
        cqm.add_constraint(dimod.quicksum(group) == 1, label=f"one[{g}]")
    return penalised(cqm, weight)


def sample(bqm: dimod.BinaryQuadraticModel, **options: Any) -> dimod.SampleSet:
    return QuboAnnealer().sample(bqm, **{"seed": 1} | options)


def same(one: dimod.SampleSet, other: dimod.SampleSet) -> bool:
    return bool(
        one.record.sample.tobytes() == other.record.sample.tobytes()
        and one.record.energy.tobytes() == other.record.energy.tobytes()
    )


def glass(n: int = 60) -> dimod.BinaryQuadraticModel:
    return dimod.generators.gnp_random_bqm(n, 0.3, "BINARY", random_state=n)


LIGHT = choices(8, 5, 3.0, 5, coupled=2)  # its ground state breaks some of the rows


# ---- what is found -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "rows"),
    [
        (tour, {"one-hot": 28}),
        (lambda: choices(6, 5, 50.0, 1), {"one-hot": 6}),
        (bins, {"inequality": 4, "one-hot": 8}),
    ],
    ids=["tour", "choices", "bins"],
)
def test_what_was_read_back_is_said_and_the_energies_are_the_qubo_s(
    make: Callable[[], dimod.BinaryQuadraticModel], rows: dict[str, int]
) -> None:
    bqm = make()
    found = sample(bqm, num_sweeps=60)
    dimod.testing.assert_sampleset_energies(found, bqm)
    told = found.info["structure"]
    assert told["rows"] == rows
    assert told["road"] in ("rows", "qubo")
    assert 0.05 <= told["share"] <= 1
    assert told["seconds"] > 0
    assert found.record.energy[0] == pytest.approx(min(told["energies"].values()))
    assert len(found) == 16
    assert (np.diff(found.record.energy) >= 0).all()
    assert any("read back" in note for note in found.info["notes"])
    json.dumps(found.info)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_tour_is_better_than_without(seed: int) -> None:
    bqm = tour()
    auto, off = (
        sample(bqm, seed=seed, num_sweeps=300, structure=structure) for structure in ("auto", "off")
    )
    assert auto.first.energy < 0.8 * off.first.energy
    assert auto.info["structure"]["road"] == "rows"
    assert off.info["structure"] is None


@pytest.mark.parametrize("weight", [0.5, 2.0, 5.0, 12.0, 60.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_ground_state_is_found_whatever_rows_weigh(weight: float, seed: int) -> None:
    """With small weights it breaks rows."""
    bqm = choices(3, 4, weight, seed)
    found = sample(bqm, num_sweeps=200, seed=seed)
    assert found.first.energy == pytest.approx(dimod.ExactSolver().sample(bqm).first.energy)


@pytest.mark.parametrize("weight", [3.0, 5.0, 40.0])
def test_no_read_is_worse_than_without(weight: float) -> None:
    """The QUBO's road begins as it did: read by read the lowest of more are lower."""
    bqm = choices(12, 6, weight, 3, coupled=2)
    for sweeps in (1, 20, 200):
        auto, off = (
            sample(bqm, num_sweeps=sweeps, structure=structure) for structure in ("auto", "off")
        )
        assert sum(auto.info["structure"]["rows"].values()) == 12
        assert set(auto.info["num_sweeps"]) == {"rows", "qubo"}
        assert (auto.record.energy <= off.record.energy).all()


def test_rows_that_are_too_light_are_broken_where_that_is_lower() -> None:
    told = sample(LIGHT, num_sweeps=500).info["structure"]
    assert told["road"] == "qubo"
    assert told["energies"]["qubo"] < told["energies"]["rows"]


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


# ---- where it is as it was -----------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"num_sweeps": 100}, {}, {"num_sweeps": [30, 20]}])
@pytest.mark.parametrize(
    "bqm", [glass(), glass(9), dimod.BQM({"a": 1.0, "b": 2.0}, {}, 0.0, "SPIN")]
)
def test_without_structure_the_bytes_are_the_same(
    bqm: dimod.BinaryQuadraticModel, options: dict[str, Any]
) -> None:
    auto, off = (sample(bqm, structure=structure, **options) for structure in ("auto", "off"))
    assert same(auto, off)
    assert auto.info["num_sweeps"] == off.info["num_sweeps"]
    looked = not isinstance(options.get("num_sweeps"), list)
    assert auto.info["structure"] == ({"rows": {}, "road": "qubo"} if looked else None)


@pytest.mark.parametrize(
    "options",
    [
        {"structure": "off"},
        {"method": "annealing"},
        {"method": "descent"},
        {"beta_range": (0.01, 1.0)},
        {"num_sweeps": [20, 10]},
        {"method": "gibbs", "beta": 1.0, "num_sweeps": None, "burn_in": 5},
    ],
    ids=str,
)
def test_what_means_the_qubo_itself_is_done_with_it(options: dict[str, Any]) -> None:
    bqm = choices(6, 5, 50.0, 1)
    told = sample(bqm, **{"num_sweeps": 30} | options)
    plain = sample(bqm, **{"num_sweeps": 30, "structure": "off"} | options)
    assert told.info["structure"] is None
    assert same(told, plain)


def test_a_beta_schedule_means_the_qubo_itself() -> None:
    with pytest.warns(qopt.errors.InputWarning):
        found = sample(choices(6, 5, 50.0, 1), beta_schedule=[0.01, 0.1, 1.0])
    assert found.info["structure"] is None


def test_rows_that_contradict_each_other_leave_the_qubo() -> None:
    """Just one in each of four rows, and in each of five columns."""
    cqm = dimod.ConstrainedQuadraticModel()
    x = [[dimod.Binary((row, column)) for column in range(5)] for row in range(4)]
    cqm.set_objective(dimod.quicksum(bit for line in x for bit in line[1:3]))
    for line in [*x, *zip(*x, strict=True)]:
        cqm.add_constraint(dimod.quicksum(line) == 1)
    bqm = penalised(cqm, 30.0)
    auto, off = (sample(bqm, num_sweeps=100, structure=structure) for structure in ("auto", "off"))
    assert same(auto, off)
    assert auto.info["structure"]["rows"] == {"one-hot": 9}
    assert auto.info["structure"]["road"] == "qubo"
    assert any("contradict each other" in note for note in auto.info["notes"])
    assert auto.first.energy == pytest.approx(dimod.ExactSolver().sample(bqm).first.energy)
    timed = sample(bqm, time_limit=0.2)
    assert same(timed, sample(bqm, num_sweeps=timed.info["num_sweeps"]))


def test_rows_that_leave_one_assignment_give_it() -> None:
    """A square of latin letters with one place left open in each line: presolve decides all."""
    n = 5
    cqm = dimod.ConstrainedQuadraticModel()
    x = {key: dimod.Binary(key) for key in itertools.product(range(n), repeat=3)}
    for a, b in itertools.product(range(n), repeat=2):
        cqm.add_constraint(dimod.quicksum(x[a, b, k] for k in range(n)) == 1)
        cqm.add_constraint(dimod.quicksum(x[a, k, b] for k in range(n)) == 1)
        cqm.add_constraint(dimod.quicksum(x[k, a, b] for k in range(n)) == 1)
    bqm = penalised(cqm, 1.0)
    for a, b in itertools.product(range(n), repeat=2):
        if a != b:
            for k in range(n):
                bqm.add_linear((a, b, k), -1.0 if k == (a + b) % n else 1.0)
    for options in ({"num_sweeps": 50}, {"time_limit": SECONDS}):
        found = sample(bqm, **options)
        assert found.first.energy == pytest.approx(-n * (n - 1))
        again = sample(bqm, num_sweeps=found.info["num_sweeps"])
        assert same(found, again)


# ---- budgets, and doing it again -----------------------------------------------------------------


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
    assert any("not looked for" in note for note in found.info["notes"])
    assert same(found, sample(bqm, num_sweeps=found.info["num_sweeps"], structure="off"))
    assert sample(bqm, num_sweeps=9).info["structure"]["rows"] == {"one-hot": 6}


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


# ---- models of all kinds -------------------------------------------------------------------------


def test_spins_and_labels_in_any_order() -> None:
    bqm = choices(5, 4, 60.0, 2)
    order = list(np.random.default_rng(1).permutation(list(bqm.variables)))
    names = {label: (frozenset({label}) if k % 2 else (k, label)) for k, label in enumerate(order)}
    spins = dimod.BinaryQuadraticModel("BINARY")
    for label in order:
        spins.add_linear(names[label], bqm.linear[label])
    for (a, b), bias in bqm.quadratic.items():
        spins.add_quadratic(names[b], names[a], bias)
    spins.offset = bqm.offset
    spins.change_vartype("SPIN", inplace=True)
    found = sample(spins, num_sweeps=200)
    assert found.vartype is dimod.SPIN
    assert found.info["structure"]["rows"] == {"one-hot": 5}
    dimod.testing.assert_sampleset_energies(found, spins)
    sums = [sum(found.first.sample[names[f"{g}-{k}"]] == 1 for k in range(4)) for g in range(5)]
    assert sums == [1] * 5
    assert found.first.energy == pytest.approx(sample(bqm, num_sweeps=200).first.energy)


def test_arrays_are_read_back_too() -> None:
    bqm = choices(6, 5, 50.0, 1)
    vectors = bqm.to_numpy_vectors(list(bqm.variables))
    row, col, quad = vectors.quadratic
    qubo = Qubo.from_arrays(vectors.linear_biases, row, col, quad, float(vectors.offset))
    auto = QuboAnnealer().sample_arrays(qubo, seed=1, num_sweeps=50)
    np.testing.assert_allclose(auto.energies, qubo.energies(auto.states))
    assert auto.info["structure"]["rows"] == {"one-hot": 6}
    again = QuboAnnealer().sample_arrays(qubo, seed=1, num_sweeps=auto.info["num_sweeps"])
    assert again.states.tobytes() == auto.states.tobytes()
    off = QuboAnnealer().sample_arrays(qubo, seed=1, num_sweeps=50, structure="off")
    assert off.info["structure"] is None


def test_more_reads_than_replicas() -> None:
    bqm = choices(5, 5, 40.0, 1)
    found = sample(bqm, num_sweeps=5, num_reads=150)
    assert len(found) == 150
    dimod.testing.assert_sampleset_energies(found, bqm)
    assert same(found, sample(bqm, num_sweeps=found.info["num_sweeps"], num_reads=150))


@pytest.mark.parametrize(
    "rows",
    [
        lambda random: random.choice([-1.0, 1.0], 2000),
        lambda random: np.ones(2000),
        lambda random: random.integers(-100, 101, 2000).astype(float),
        lambda random: random.normal(size=2000),
    ],
    ids=["signs", "ones", "whole", "normal"],
)
@pytest.mark.parametrize("n", [70, 150, 600])
def test_couplings_by_chance_have_no_signs_of_rows(
    rows: Callable[[np.random.Generator], np.ndarray], n: int
) -> None:
    random = np.random.default_rng(n)
    pairs = random.choice(n * n, 2000, replace=False)
    ising = Ising.from_arrays(np.zeros(n), pairs // n, pairs % n, rows(random))
    assert not has_signs_of_rows(ising)


@pytest.mark.parametrize("make", [lambda: tour(5), tour, bins, lambda: choices(9, 3, 20.0, 1)])
def test_rows_have_their_signs(make: Callable[[], dimod.BinaryQuadraticModel]) -> None:
    bqm = make()
    vectors = bqm.to_numpy_vectors(list(bqm.variables))
    ising = Ising.from_qubo(vectors.linear_biases, *vectors.quadratic)
    assert has_signs_of_rows(ising)


def test_biases_that_are_lost_are_told_of_once() -> None:
    bqm = choices(4, 4, 50.0, 1)
    bqm.scale(1e-9)
    bqm.add_quadratic("0-0", "far", 1.0)
    for k in range(4):
        bqm.add_linear(f"1-{k}", 1e-10 / 3)
    with pytest.warns(PrecisionWarning) as told:
        sample(bqm, num_sweeps=20)
    assert len(told) == 1
    assert told[0].filename == __file__


# ---- wrong arguments -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"structure": "on"}, "structure='on': give 'auto' or 'off'"),
        ({"structure": None}, "structure=None"),
        ({"num_sweeps": {"rows": [[5]]}}, "give a mapping as info"),
        ({"num_sweeps": {"rows": [[5]], "qubo": 5}}, "give a mapping as info"),
        ({"num_sweeps": {"rows": [[5]], "qubo": [], "more": []}}, "give a mapping as info"),
        ({"num_sweeps": {"rows": [[0]], "qubo": []}}, "num_sweeps=0"),
        ({"num_sweeps": {"rows": [], "qubo": [None]}}, "num_sweeps=None"),
        ({"num_sweeps": {"rows": [], "qubo": ["5"]}}, "num_sweeps='5'"),
        (
            {"num_sweeps": {"rows": [[5]], "qubo": [[5]]}, "structure": "off"},
            "replays a run with structure='auto'",
        ),
        (
            {"num_sweeps": {"rows": [[5]], "qubo": [[5]]}, "method": "annealing"},
            "method='tempering'",
        ),
    ],
)
def test_wrong_arguments_are_named(options: Mapping[str, Any], complaint: str) -> None:
    with pytest.raises(QoptError) as refused:
        sample(choices(4, 4, 50.0, 1), **options)
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


def test_stages_of_rows_need_rows() -> None:
    with pytest.raises(QoptError, match="this one has none that could be read back"):
        sample(glass(), num_sweeps={"rows": [[5]], "qubo": [[5]]})
