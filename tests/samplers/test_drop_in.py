"""What scripts for Ocean's samplers ask of ours: made, asked, called, read and closed."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
from typing import Any

import dimod
import dwave.cloud.testing.mocks as mocks
import dwave.system
import numpy as np
import pytest
from dwave.samplers import SimulatedAnnealingSampler

from qopt import QoptError
from qopt.samplers import CqmAnnealer, QuboAnnealer

from ..cold import cold_compiler

SAMPLERS = [CqmAnnealer, QuboAnnealer]
SERVICES = [
    (CqmAnnealer, dwave.system.LeapHybridCQMSampler, mocks.hybrid_cqm_solver_data()),
    (QuboAnnealer, dwave.system.LeapHybridSampler, mocks.hybrid_bqm_solver_data()),
]


def small() -> dimod.ConstrainedQuadraticModel:
    """A knapsack of three: the first and the last are worth 7."""
    a, b, c = dimod.Binaries("abc")
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(-4 * a - 5 * b - 3 * c)
    cqm.add_constraint(3 * a + 5 * b + 2 * c <= 6, label="room")
    return cqm


def pair() -> dimod.BinaryQuadraticModel:
    return dimod.BinaryQuadraticModel({"a": -1.0, "b": 1.0}, {("a", "b"): -3.0}, 0.5, "BINARY")


# ---- how they are made ---------------------------------------------------------------------------


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize(
    "config",
    [
        {"profile": "test"},
        {"token": "DEV-0123", "solver": "hybrid_version9p", "region": "eu-central-1"},
        {"solver": {"category": "hybrid", "order_by": "-version"}, "connection_close": True},
        {"endpoint": "https://example.invalid", "client": "hybrid", "config_file": False},
        {"defaults": {}, "http_retry_total": 3, "poll_wait_time": 5, "cache_home": "off"},
    ],
    ids=lambda config: ",".join(config),
)
def test_what_finds_a_service_is_taken_and_said_to_be_unused(
    sampler: Any, config: dict[str, Any]
) -> None:
    made = sampler(**config)
    sample = made.sample_cqm if sampler is CqmAnnealer else made.sample
    model = small() if sampler is CqmAnnealer else pair()
    note = sample(model, num_sweeps=5).info["notes"][0]
    assert note == f"{', '.join(config)}: not used, it is sampled on this machine"
    assert "DEV-0123" not in note


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_nothing_is_said_of_what_was_not_given(sampler: Any) -> None:
    made = sampler(profile=None, token=None)
    sample = made.sample_cqm if sampler is CqmAnnealer else made.sample
    assert sample(small() if sampler is CqmAnnealer else pair(), num_sweeps=5).info["notes"] == []


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_what_no_service_takes_is_refused_with_what_is_like_it(sampler: Any) -> None:
    with pytest.raises(QoptError, match="no argument named 'profil'; did you mean profile"):
        sampler(profil="test")


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_it_is_used_in_a_block_closed_copied_and_pickled(sampler: Any) -> None:
    with sampler(profile="test") as made:
        assert isinstance(made, sampler)
    made.close()
    assert isinstance(made, dimod.Scoped)
    for twin in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert type(twin) is sampler
        assert twin.properties == made.properties
    made.client.close()
    assert made.client.get_solver(category="hybrid").name == made.solver.name


# ---- what they say of themselves -----------------------------------------------------------------


@pytest.mark.parametrize(("ours", "theirs", "data"), SERVICES, ids=["cqm", "bqm"])
def test_it_has_what_the_service_has(ours: Any, theirs: Any, data: dict[str, Any]) -> None:
    public = {name for name in dir(theirs) if not name.startswith("_")}
    assert public <= set(dir(ours()))
    inside = data["properties"].keys() - {
        "maximum_number_of_quadratic_variables_real",  # REAL variables have no products in dimod
        "description",
        "version",
    }
    assert inside <= set(ours().properties)
    assert set(data["properties"]["parameters"]) <= set(ours().parameters)
    assert ours().properties["supported_problem_types"][0] in theirs.default_solver.values()
    assert ours.default_solver == theirs.default_solver


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_solver_has_a_name_and_what_the_sampler_says(sampler: Any) -> None:
    made = sampler()
    solver = made.solver
    names = {CqmAnnealer: "qopt_cqm_annealer", QuboAnnealer: "qopt_qubo_annealer"}
    assert solver.name == solver.id == names[sampler]
    assert solver.properties == made.properties
    assert solver.properties["category"] == "software"
    assert (solver.software, solver.hybrid, solver.qpu) == (True, False, False)
    assert set(solver.parameters) == set(made.parameters)
    assert solver.supported_problem_types == set(made.properties["supported_problem_types"])
    json.dumps(made.properties)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_what_a_script_changes_of_properties_is_its_own(sampler: Any) -> None:
    made = sampler()
    made.properties["category"] = "mine"
    made.parameters["mine"] = []
    assert made.properties["category"] == sampler().properties["category"] == "software"
    assert "mine" not in made.parameters


def test_it_has_what_simulated_annealing_has() -> None:
    theirs = SimulatedAnnealingSampler()
    assert set(theirs.parameters) <= set(QuboAnnealer().parameters)
    assert set(theirs.properties) <= set(QuboAnnealer().properties)
    for name in set(dir(theirs)) - {"parse_initial_states"}:
        assert name.startswith("_") or hasattr(QuboAnnealer(), name), name
    asked = set(inspect.signature(SimulatedAnnealingSampler.sample).parameters) - {"kwargs"}
    assert asked <= set(inspect.signature(QuboAnnealer.sample).parameters)
    dimod.testing.assert_sampler_api(QuboAnnealer())


# ---- time limits ---------------------------------------------------------------------------------


def test_the_least_time_limit_of_a_cqm_is_what_leaps_formula_gives() -> None:
    cqm = small()
    assert CqmAnnealer().min_time_limit(cqm) == CqmAnnealer().properties["minimum_time_limit_s"]
    large = dimod.ConstrainedQuadraticModel()
    large.add_variables("BINARY", 50_000)
    large.add_constraint_from_iterable([(k, 1) for k in range(50_000)], "<=", rhs=9)
    mine = CqmAnnealer()

    class Service:
        properties = mine.properties

    theirs = dwave.system.LeapHybridCQMSampler.min_time_limit(Service(), large)
    assert mine.min_time_limit(large) == pytest.approx(theirs)
    assert theirs > 5


def test_the_least_time_limit_of_a_bqm_lies_on_the_line_of_its_property() -> None:
    mine = QuboAnnealer()

    class Service:
        properties = mine.properties

    for n in (1, 500, 100_000):
        bqm = dimod.BinaryQuadraticModel(n, "SPIN")
        theirs = dwave.system.LeapHybridSampler.min_time_limit(Service(), bqm)
        assert mine.min_time_limit(bqm) == pytest.approx(theirs)
    limits = {
        n: mine.min_time_limit(dimod.BinaryQuadraticModel(n, "SPIN")) for n in (10_000, 505_000)
    }
    assert limits == {10_000: 3.0, 505_000: 51.5}


def test_without_a_budget_a_cqm_has_the_least_time_limit_and_is_replayed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(CqmAnnealer, "min_time_limit", lambda self, model: 0.2)
    found = CqmAnnealer().sample_cqm(small())
    assert found.info["time_limit"] == 0.2
    assert found.info["stopped_by"] == "time"
    assert found.info["notes"] == ["time_limit: 0.2 s, where none and no num_sweeps was given"]
    again = CqmAnnealer().sample_cqm(
        small(), num_sweeps=found.info["num_sweeps"], seed=found.info["seed"]
    )
    assert again.info["time_limit"] is None
    assert found.record.sample.tobytes() == again.record.sample.tobytes()


@pytest.mark.parametrize("budget", [{"num_sweeps": 5}, {"target": 0.0}, {"time_limit": 0.1}])
def test_a_budget_that_was_given_stands_alone(budget: dict[str, Any]) -> None:
    found = CqmAnnealer().sample_cqm(small(), **budget)
    assert found.info["time_limit"] == budget.get("time_limit")
    assert found.info["notes"] == []


def test_a_time_limit_may_come_without_its_name() -> None:
    assert CqmAnnealer().sample_cqm(small(), 0.1).info["stopped_by"] == "time"
    assert QuboAnnealer().sample(pair(), 0.1, label="mine").info["stopped_by"] == "time"
    with pytest.raises(QoptError, match=r"time_limit=\[0.1, 4.0\]: give seconds above 0"):
        QuboAnnealer().sample(pair(), [0.1, 4.0])  # type: ignore[arg-type]


# ---- what comes back -----------------------------------------------------------------------------


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_info_has_the_keys_and_units_of_a_job(sampler: Any) -> None:
    made = sampler()
    sample = made.sample_cqm if sampler is CqmAnnealer else made.sample
    found = sample(
        small() if sampler is CqmAnnealer else pair(), time_limit=0.25, label="Examples - mine"
    )
    info = found.info
    assert info["problem_label"] == "Examples - mine"
    assert isinstance(info["problem_id"], str)
    assert info["problem_data_id"] is None
    assert info["charge_time"] == info["qpu_access_time"] == 0
    assert 0.25e6 <= info["run_time"] < 5e6  # microseconds, without the compiler's
    json.dumps(info)
    found.resolve()
    assert found.done()
    assert found.wait_id() is None
    again = dimod.SampleSet.from_serializable(json.loads(json.dumps(found.to_serializable())))
    np.testing.assert_array_equal(again.record.energy, found.record.energy)


@pytest.mark.parametrize("label", [5, b"mine"])
def test_a_label_is_a_text(label: Any) -> None:
    with pytest.raises(QoptError, match="label="):
        CqmAnnealer().sample_cqm(small(), label=label)
    with pytest.raises(QoptError, match="label="):
        QuboAnnealer().sample(pair(), label=label)


def test_what_scripts_do_with_the_samples_of_a_cqm() -> None:
    found = CqmAnnealer().sample_cqm(small(), time_limit=0.2)
    feasible = found.filter(lambda row: row.is_feasible)
    assert feasible.first.sample == {"a": 1.0, "b": 0.0, "c": 1.0}
    assert feasible.first.energy == -7
    assert feasible.first.is_satisfied.tolist() == [True]
    assert found.info["constraint_labels"] == ["room"]
    assert len(feasible.truncate(min(10, len(feasible)))) <= 10
    assert feasible.aggregate().record.num_occurrences.sum() == len(feasible)
    assert next(datum.sample["a"] for datum in feasible.data()) == 1  # the best first
    assert feasible.lowest().first.energy == -7
    columns = found.to_pandas_dataframe(sample_column=True)
    assert {"sample", "energy", "is_feasible", "is_satisfied"} <= set(columns)
    dimod.testing.assert_sampleset_energies_cqm(found, small())


def test_real_variables_are_values_between_their_bounds_in_the_users_own_units() -> None:
    """Two boxes in a row, and the length of it: 2.5 + 1.5, and not less for the step that was
    chosen.
    """
    x, y, end = (dimod.Real(name, lower_bound=0, upper_bound=20) for name in ("x", "y", "end"))
    first = dimod.Binary("first")
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(1 * end)
    cqm.add_constraint(x + 2.5 - y - 20 * (1 - first) <= 0)
    cqm.add_constraint(y + 1.5 - x - 20 * first <= 0)
    cqm.add_constraint(x + 2.5 - end <= 0)
    cqm.add_constraint(y + 1.5 - end <= 0)
    found = CqmAnnealer().sample_cqm(cqm, num_sweeps=500, seed=1)
    assert found.filter(lambda row: row.is_feasible).first.energy == pytest.approx(4.0)
    assert "steps of 0.5" in found.info["notes"][0]
    dimod.testing.assert_sampleset_energies_cqm(found, cqm)
    start = {"x": 0.0, "y": 2.6, "end": 4.1, "first": 1}
    warm = CqmAnnealer().sample_cqm(cqm, num_sweeps=1, seed=1, reals=0.1, initial_states=start)
    assert warm.record.energy[0] <= 4.1 + 1e-9
    assert "steps of 0.1" in warm.info["notes"][0]
    with pytest.raises(QoptError, match="initial_states: 'x' is 21"):
        CqmAnnealer().sample_cqm(cqm, num_sweeps=1, initial_states=start | {"x": 21.0})


def test_a_real_variable_may_have_the_bounds_that_constraints_imply() -> None:
    start, end = dimod.Real("start"), dimod.Real("end")
    late = dimod.Binary("late")
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(end - 2 * late)
    cqm.add_constraint(start <= 6)
    cqm.add_constraint(start - 3 * late >= 0)
    cqm.add_constraint(end - start >= 2)
    with pytest.raises(QoptError, match="'end' is REAL and has no bounds"):
        CqmAnnealer().sample_cqm(cqm, num_sweeps=100)
    cqm.add_constraint(end - start <= 4)
    found = CqmAnnealer().sample_cqm(cqm, num_sweeps=100, seed=1)
    assert found.filter(lambda row: row.is_feasible).first.energy == 2.0


# ---- discrete models -----------------------------------------------------------------------------


def colouring(seed: int = 3) -> dimod.DiscreteQuadraticModel:
    random = np.random.default_rng(seed)
    dqm = dimod.DiscreteQuadraticModel()
    for v in range(5):
        dqm.add_variable(int(random.integers(1, 4)), label=("v", v))
        dqm.set_linear(("v", v), random.normal(size=dqm.num_cases(("v", v))))
    for u, v in [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)]:
        shape = dqm.num_cases(("v", u)), dqm.num_cases(("v", v))
        dqm.set_quadratic(("v", u), ("v", v), random.normal(size=shape))
    dqm.offset = 2.5
    return dqm


@pytest.mark.parametrize("seed", range(5))
def test_the_best_cases_of_a_discrete_model(seed: int) -> None:
    dqm = colouring(seed)
    found = CqmAnnealer().sample_dqm(dqm, num_sweeps=200, seed=1, label="mine")
    assert found.first.energy == pytest.approx(dimod.ExactDQMSolver().sample_dqm(dqm).first.energy)
    dimod.testing.asserts.assert_sampleset_energies_dqm(found, dqm)
    assert found.info["problem_label"] == "mine"
    assert found.info["run_time"] > 0
    json.dumps(found.info)


def test_the_call_of_leaps_sampler_of_discrete_models_fits() -> None:
    theirs = inspect.signature(dwave.system.LeapHybridDQMSampler.sample_dqm).parameters
    ours = inspect.signature(CqmAnnealer.sample_dqm).parameters
    assert list(ours)[: len(theirs) - 1] == [name for name in theirs if name != "kwargs"]
    found = CqmAnnealer().sample_dqm(colouring(), 0.1, True)
    assert found.info["notes"] == ["compress: not used, nothing is uploaded"]
    assert CqmAnnealer().min_time_limit(colouring()) == 5.0


def test_what_is_no_discrete_model_is_refused() -> None:
    with pytest.raises(QoptError, match="DiscreteQuadraticModel, not a ConstrainedQuadraticModel"):
        CqmAnnealer().sample_dqm(small())  # type: ignore[arg-type]
    with pytest.raises(QoptError, match="initial_states"):
        CqmAnnealer().sample_dqm(colouring(), num_sweeps=1, initial_states={})


# ---- what simulated annealing is told ------------------------------------------------------------


@pytest.mark.parametrize("model", [{("a", "b"): 1.0}, small(), None], ids=["dict", "cqm", "none"])
def test_what_is_no_bqm_is_refused_with_where_it_goes(model: Any) -> None:
    with pytest.raises(QoptError, match=f"not a {type(model).__name__}; sample_qubo takes a dict"):
        QuboAnnealer().sample(model)


def test_reads_are_as_many_as_initial_states_where_those_are_more() -> None:
    states = (np.zeros((20, 2)), ["a", "b"])
    assert len(QuboAnnealer().sample(pair(), num_sweeps=1)) == 16
    assert len(QuboAnnealer().sample(pair(), num_sweeps=1, initial_states=states)) == 20
    assert len(QuboAnnealer().sample(pair(), num_reads=None, num_sweeps=1)) == 16


def test_interrupt_function_is_interrupt() -> None:
    found = QuboAnnealer().sample(pair(), time_limit=30, interrupt_function=lambda: True)
    assert found.info["stopped_by"] == "interrupt"
    with pytest.raises(QoptError, match="it or interrupt, not both"):
        QuboAnnealer().sample(pair(), interrupt=lambda: True, interrupt_function=lambda: True)


def test_other_ways_of_sampling_are_there() -> None:
    sampler = QuboAnnealer()
    assert sampler.sample_ising({"a": 1.0}, {("a", "b"): 1.0}, num_sweeps=9).first.energy == -2
    assert sampler.sample_qubo({("a", "a"): -2.0}, num_sweeps=9, label="q").first.energy == -2


@pytest.mark.parametrize("method", ["tempering", "annealing"])
def test_a_cold_compiler_takes_nothing_of_the_time_limit(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compiling the kernels takes 100 s on the clock of this test; the limit is 0.3 s, and all of
    it is used.
    """
    cqm = dimod.ConstrainedQuadraticModel()
    x = [dimod.Binary(k) for k in range(30)]
    cqm.set_objective(dimod.quicksum((k % 7 - 3) * x[k] for k in range(30)))
    cqm.add_constraint(dimod.quicksum(x) == 10, label="ten")
    bqm = dimod.generators.gnp_random_bqm(30, 0.5, "SPIN", random_state=1)
    for sample in (
        lambda **options: CqmAnnealer().sample_cqm(cqm, **options),
        lambda **options: QuboAnnealer().sample(bqm, **options),
    ):
        with monkeypatch.context() as patch:
            clock = cold_compiler(patch)
            found = sample(method=method, time_limit=0.3, seed=1, num_threads=1)
        timing = found.info["timing"]
        assert clock.compiled
        assert timing["jit"] >= 100
        assert 0.1 < timing["sample"] < 50
        assert timing["setup"] < 50
        assert found.info["stopped_by"] == "time"
        assert found.info["run_time"] < 50e6  # microseconds, as at Leap
