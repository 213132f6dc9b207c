"""Structure of QUBOs: what is read back and said, and where all is as without."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any

import dimod
import numpy as np
import pytest

import qopt
from qopt import QoptError, Qubo
from qopt.errors import PrecisionWarning
from qopt.samplers import QuboAnnealer

from .hidden_rows import LIGHT, bins, choices, glass, penalised, same, sample, tour

SECONDS = 0.8

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
    assert rows.items() <= told["rows"].items()
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
        assert set(auto.info["num_sweeps"]) == {"rows", "qubo"}
        assert (auto.record.energy <= off.record.energy).all()


def test_what_pairs_cost_is_no_constraint() -> None:
    """One of each of four groups, and any two of neighbouring groups cost something."""
    cqm = dimod.ConstrainedQuadraticModel()
    x = [[dimod.Binary((g, k)) for k in range(4)] for g in range(4)]
    random = np.random.default_rng(7)
    cqm.set_objective(
        dimod.quicksum(
            int(random.integers(1, 30)) * a * b
            for one, other in itertools.pairwise(x)
            for a in one
            for b in other
        )
    )
    for group in x:
        cqm.add_constraint(dimod.quicksum(group) == 1)
    bqm = penalised(cqm, 100.0)
    told = sample(bqm, num_sweeps=200).info["structure"]
    assert told["rows"] == {"one-hot": 4}
    lowest = dimod.ExactSolver().sample(bqm).first.energy
    assert told["energies"]["rows"] == pytest.approx(lowest)


def test_rows_that_are_too_light_are_broken_where_that_is_lower() -> None:
    told = sample(LIGHT, num_sweeps=500).info["structure"]
    assert told["road"] == "qubo"
    assert told["energies"]["qubo"] <= told["energies"]["rows"]


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
    assert found.info["structure"]["rows"]["one-hot"] == 5
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
    assert auto.info["structure"]["rows"]["one-hot"] == 6
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


def test_biases_that_are_lost_are_told_of_once() -> None:
    bqm = choices(4, 4, 50.0, 1)
    bqm.scale(1e-9)
    bqm.add_quadratic("0-0", "far", 1.0)
    for k in range(4):
        bqm.add_linear(f"1-{k}", 1e-10 / 3)
    with pytest.warns(PrecisionWarning) as told:
        found = QuboAnnealer().sample(bqm, num_sweeps=20, seed=1)
    assert set(found.info["num_sweeps"]) == {"rows", "qubo"}
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
