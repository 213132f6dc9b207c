"""The emulated hybrid solver of nonlinear models, on D-Wave's own generators."""

from __future__ import annotations

import io
import itertools
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from dwave.optimization import Model, generators
from dwave.optimization.mathematical import exp, logical_or

from qopt.emulator.backends import Broke, Refused, Work
from qopt.emulator.hybrids.nl import HybridNl, solve_nl

NL = HybridNl(least=0.2)
Table = np.ndarray[Any, Any]


def _points(n: int, seed: int) -> Table:
    return np.random.default_rng(seed).integers(0, 50, (n, 2)).astype(float)


def _distances(n: int, seed: int) -> Table:
    at = _points(n, seed)
    found: Table = np.linalg.norm(at[:, None] - at[None], axis=-1)
    return found


def _tour() -> tuple[Model, float]:
    n, far = 8, _distances(8, 1)
    tours = ((0, *rest) for rest in itertools.permutations(range(1, n)))
    best = min(sum(far[tour[k - 1], tour[k]] for k in range(n)) for tour in tours)
    return generators.traveling_salesperson(far), best


def _knapsack() -> tuple[Model, float]:
    draw = np.random.default_rng(2)
    worth, weight, room = draw.integers(1, 30, 14), draw.integers(1, 20, 14), 60
    chosen = np.array(list(itertools.product([0, 1], repeat=14)))
    best = (chosen @ worth)[chosen @ weight <= room].max()
    return generators.knapsack(worth, weight, room), -float(best)


def _assignment() -> tuple[Model, float]:
    draw = np.random.default_rng(3)
    far, flow = draw.integers(0, 9, (6, 6)), draw.integers(0, 9, (6, 6))
    best = min(
        (flow * far[np.ix_(order, order)]).sum() for order in itertools.permutations(range(6))
    )
    return generators.quadratic_assignment(far, flow), float(best)


def _flow_shop() -> tuple[Model, float]:
    needed = np.random.default_rng(4).integers(1, 20, (3, 6))

    def end(order: tuple[int, ...]) -> int:
        free = [0] * 3
        for job in order:
            for machine in range(3):
                before = free[machine - 1] if machine else 0
                free[machine] = max(free[machine], before) + int(needed[machine, job])
        return free[-1]

    best = min(end(order) for order in itertools.permutations(range(6)))
    return generators.flow_shop_scheduling(needed), float(best)


def _routes() -> tuple[Model, float]:
    """Six customers, two vehicles: every order, cut in two wherever the load allows."""
    at, demand, room = _points(7, 5), [0, 2, 3, 1, 4, 2, 3], 9
    far = np.linalg.norm(at[:, None] - at[None], axis=-1)

    def length(route: tuple[int, ...]) -> float:
        stops = (0, *route, 0)
        return float(sum(far[a, b] for a, b in itertools.pairwise(stops)))

    best = min(
        length(order[:cut]) + length(order[cut:])
        for order in itertools.permutations(range(1, 7))
        for cut in range(4)
        if max(sum(demand[c] for c in part) for part in (order[:cut], order[cut:])) <= room
    )
    model = generators.capacitated_vehicle_routing(
        demand=demand,
        number_of_vehicles=2,
        vehicle_capacity=room,
        locations_x=at[:, 0],
        locations_y=at[:, 1],
    )
    return model, best


def _bins() -> tuple[Model, float]:
    """Weights that fill three bins of 10 to the brim."""
    return generators.bin_packing([5, 5, 4, 6, 3, 7], 10), 3.0


def _job_shop() -> tuple[Model, float]:
    """Two jobs on two machines, in opposite order: each waits for no other."""
    return generators.job_shop_scheduling([[3, 2], [2, 4]], [[0, 1], [1, 0]]), 6.0


SMALL = [_tour, _knapsack, _assignment, _flow_shop, _routes, _bins, _job_shop]


@pytest.mark.parametrize("make", SMALL, ids=lambda make: make.__name__[1:])
def test_the_optimum_of_a_small_model_is_found(
    make: Callable[[], tuple[Model, float]],
) -> None:
    model, best = make()
    searched = solve_nl(model, time_limit=60, evaluations=12_000, seed=1)
    assert searched.feasible
    assert searched.objective == pytest.approx(best)
    with model.lock():
        assert float(model.objective.state(0)) == pytest.approx(best)
        assert all(constraint.state(0) for constraint in model.iter_constraints())


def test_the_same_seed_gives_the_same_states() -> None:
    found = []
    for seed in (7, 7, 8):
        model, _ = _routes()
        solve_nl(model, time_limit=60, evaluations=900, seed=seed)
        with model.lock():
            found.append([float(model.objective.state(k)) for k in range(model.states.size())])
    assert found[0] == found[1] != found[2]


def test_states_that_came_with_the_model_are_a_lower_limit() -> None:
    far = _distances(60, 6)
    model = generators.traveling_salesperson(far)
    solve_nl(model, time_limit=60, evaluations=6000, seed=1)
    with model.lock():
        good = float(model.objective.state(0))
    model.states.resize(1)
    assert solve_nl(model, time_limit=60, evaluations=1, seed=2).objective == pytest.approx(good)


def _mixed() -> Model:
    """One decision of each kind, each with a best value that is known."""
    model = Model()
    order, chosen = model.list(5, min_size=2, max_size=4), model.set(6, min_size=1, max_size=3)
    lists = model.disjoint_lists_symbol(5, 2)
    _, sets = model.disjoint_bit_sets(4, 2)
    whole = model.integer((2, 2), lower_bound=-4, upper_bound=[[3, 9], [9, 2]])
    bits = model.binary((3, 4), axes_sums_subject_to=[(0, "==", [1.0, 2.0, 1.0])])
    weights = model.constant(np.arange(12.0).reshape(3, 4))
    # each part of the objective can come to what the test expects
    model.minimize(
        order.sum()
        - chosen.sum()
        + lists[0].sum()
        - sets[1].sum()
        + (whole * whole).sum()
        - (weights * bits).sum()
    )
    model.add_constraint(whole.sum() >= 7)
    model.add_constraint(logical_or(bits[0, 0] == 1, whole[0, 0] == 0))
    model.add_constraint((whole <= 4).all())
    return model


def test_every_kind_of_decision_is_brought_to_its_best() -> None:
    model = _mixed()
    searched = solve_nl(model, time_limit=60, evaluations=40_000, seed=1)
    assert searched.feasible
    # the two least of a list; the three most of a set; all in the other list; all in set 1;
    # 2, 2, 2 and 1 squared, which keeps whole[0, 0] from 0, so bits[0, 0] is 1; 6 + 7, 11
    assert searched.objective == pytest.approx(1 - 12 + 0 - 4 + 13 - (0 + 6 + 7 + 11))


@pytest.mark.parametrize("seed", range(5))
def test_all_states_that_come_back_are_ones_that_the_model_takes(seed: int) -> None:
    model = _mixed()
    searched = solve_nl(model, time_limit=60, evaluations=500, seed=seed)
    with model.to_file(max_num_states=16) as file:
        again = Model.from_file(file)
    assert 1 <= again.states.size() <= 16
    with again.lock():
        kept = [
            all(constraint.state(k) for constraint in again.iter_constraints())
            for k in range(again.states.size())
        ]
        assert float(again.objective.state(0)) == pytest.approx(searched.objective)
    assert kept[0] == searched.feasible
    assert kept == sorted(kept, reverse=True)  # feasible ones first


def _work(model: Model, *, number: int = 0, **params: Any) -> Work:
    with model.to_file(max_num_states=model.states.size()) as file:
        return Work("a-1", number, "nl", params, file.read())


def test_the_client_reads_the_file_of_states() -> None:
    model, best = _tour()
    reply = NL.answer(_work(model, time_limit=0.4))
    json.dumps(reply.answer)
    assert reply.answer["format"] == "binary-ref"
    timing = reply.answer["timing"]
    assert (timing["charge_time"], timing["qpu_access_time"]) == (400_000, 0)
    assert (timing["warnings"], reply.charged) == ([], 0.4)
    assert timing["emulated"]["evaluations"] > 0
    assert reply.file is not None
    model.states.from_file(io.BytesIO(reply.file), check_header=False)
    assert model.states.size() == reply.answered
    with model.lock():
        assert float(model.objective.state(0)) == pytest.approx(best)


def test_less_than_the_model_needs_runs_as_long_as_it_needs_and_says_so() -> None:
    reply = NL.answer(_work(_bins()[0], time_limit=0.01))
    assert reply.charged == 0.2
    (warning,) = reply.answer["timing"]["warnings"]
    assert warning.startswith("time_limit was 0.01 s; a model of this size runs")


def test_where_no_state_is_feasible_a_warning_says_so() -> None:
    model = Model()
    x = model.binary(3)
    model.minimize(x.sum())
    model.add_constraint(x.sum() >= 4)
    (warning,) = NL.answer(_work(model)).answer["timing"]["warnings"]
    assert warning == "no state that keeps all constraints was found in time"


def test_a_model_without_an_objective_is_brought_to_a_feasible_state() -> None:
    model = Model()
    x = model.integer(4, lower_bound=0, upper_bound=1000)
    model.add_constraint(x.sum() == 2718)
    assert solve_nl(model, time_limit=60, evaluations=20_000, seed=1).feasible


def test_a_model_without_a_decision_is_answered() -> None:
    model = Model()
    model.minimize(model.constant(3.0))
    assert solve_nl(model, time_limit=0.1, seed=1).objective == 3.0


def test_a_symbol_that_only_the_user_can_set_breaks_with_its_name() -> None:
    model = Model()
    model.minimize(model.binary(3).sum() * model.input())
    with pytest.raises(Broke, match="the model has an Input symbol"):
        NL.answer(_work(model))


def test_an_unknown_decision_breaks_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from qopt.emulator.hybrids.nonlinear import kinds

    monkeypatch.delitem(kinds.KINDS, "SetVariable")
    with pytest.raises(Broke, match="decision symbol SetVariable is not known to the emulator"):
        NL.answer(_work(_knapsack()[0]))


def test_an_objective_that_is_never_finite_breaks() -> None:
    model = Model()
    x = model.integer(2, lower_bound=1, upper_bound=3)
    model.minimize(exp(model.constant(1e6) * x).sum())
    with pytest.raises(Broke, match="its objective is not finite"):
        NL.answer(_work(model))


@pytest.mark.parametrize("data", [b"", b"abc", b"DWNL\x01\x00"])
def test_a_damaged_upload_is_refused(data: bytes) -> None:
    with pytest.raises(Refused, match="the uploaded file is no 'nl' model"):
        NL.check(Work("a-1", 0, "nl", {}, data))


def test_what_is_too_large_is_refused() -> None:
    class Small(HybridNl):
        def properties(self) -> dict[str, Any]:
            return super().properties() | {"maximum_number_of_nodes": 3}

    with pytest.raises(Refused, match=r"nodes: the model has [0-9]+, and this solver takes 3"):
        Small().check(_work(_tour()[0]))


def test_a_cancelled_job_ends_early() -> None:
    begun = time.perf_counter()
    solve_nl(_tour()[0], time_limit=60, seed=1, interrupt=lambda: True)
    assert time.perf_counter() - begun < 40
