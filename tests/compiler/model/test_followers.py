"""Whole numbers that follow from the rest, and rows with products that say the same in two."""

from __future__ import annotations

import itertools
from typing import Any

import dimod
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qopt.compiler.model.arrays import ModelArrays
from qopt.compiler.model.cases import by_cases
from qopt.compiler.model.rows import Rows
from qopt.compiler.model.structure import NONE, Structure

from ...anneal.constrained.cqms import assignments, scored
from ...fuzz import examples

y, z = dimod.Binaries("yz")
s = dimod.Spin("s")
a, b, c, end = (
    dimod.Integer(name, lower_bound=0, upper_bound=9) for name in ("a", "b", "c", "end")
)


def followers(objective: Any, **constraints: Any) -> dict[str, str]:
    """The follower of each constraint that has one, by label."""
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(objective)
    for label, constraint in constraints.items():
        cqm.add_constraint(constraint, label=label)
    arrays = ModelArrays.from_cqm(cqm)
    found = Structure.of(arrays, Rows.of(arrays)).follower
    pairs = zip(arrays.labels, found, strict=True)
    return {label: arrays.variables[v] for label, v in pairs if v != NONE}


def test_start_times_and_the_end_follow() -> None:
    assert followers(
        end,
        order=b - a >= 3,
        after=a - c + 9 * y >= 2,
        before=c - a - 9 * y >= -6,
        last=end - b >= 1,
    ) == {"order": "b", "after": "a", "before": "c", "last": "end"}


def test_what_is_wanted_large_follows_upside_down() -> None:
    assert followers(-1 * a, one=a - 3 * y <= 1, two=2 * a - b <= 4) == {"one": "a", "two": "a"}
    assert followers(-1 * a, one=a - 3 * y <= 1, two=a - z >= 1) == {"one": "a"}


def test_what_costs_more_and_more_follows() -> None:
    assert followers(a * a + a, row=a - 3 * y >= 1) == {"row": "a"}
    assert followers(a * a - 19 * a, row=a - 3 * y <= 1) == {"row": "a"}


def test_the_load_of_the_busiest_machine_follows() -> None:
    assert followers(end, one=3 * y + 2 * z - end <= 0, two=5 - 3 * y - 2 * z - end <= 0) == {
        "one": "end",
        "two": "end",
    }


def test_a_distance_that_is_charged_follows_and_not_what_it_is_between() -> None:
    assert followers(c + 0 * a, one=a - b - c <= 0, two=b - a - c <= 0) == {"one": "c", "two": "c"}


@pytest.mark.parametrize(
    ("objective", "more"),
    [
        (-1 * a, {}),
        (a * y, {}),
        (a * a - 3 * a, {}),
        (-1 * a * a, {}),
        (a, {"sum": a + b == 4}),
        (a, {"product": a * y <= 3}),
        (a + b, {"shared": a + b >= 4}),
        (0 * a, {"shared": a + c >= 4}),
    ],
    ids=[
        "wanted",
        "coupled",
        "falls first",
        "concave",
        "equality",
        "product",
        "rivals",
        "free rivals",
    ],
)
def test_what_does_not_follow(objective: Any, more: dict[str, Any]) -> None:
    assert "a" not in followers(objective, row=a - 3 * y >= 1, **more).values()


def test_no_follower_is_pushed_by_a_soft_row() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(a)
    cqm.add_constraint(a - 3 * y >= 1, label="hard")
    cqm.add_constraint_from_model(b - a, ">=", rhs=-2, label="soft, wants it small", weight=1.0)
    arrays = ModelArrays.from_cqm(cqm)
    assert Structure.of(arrays, Rows.of(arrays)).follower.tolist() == [
        arrays.variables.index("a"),
        NONE,
    ]
    cqm.add_constraint_from_model(a - b, ">=", rhs=-2, label="soft, pushes", weight=1.0)
    arrays = ModelArrays.from_cqm(cqm)
    assert (Structure.of(arrays, Rows.of(arrays)).follower == NONE).all()


def test_no_indicator_is_in_a_row_that_has_a_follower() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(end + y + z)
    cqm.add_constraint(end - a + 9 * y >= 2, label="end")
    cqm.add_constraint(a - 5 * z <= 4, label="late")
    arrays = ModelArrays.from_cqm(cqm)
    structure = Structure.of(arrays, Rows.of(arrays))
    assert structure.indicator.tolist() == [NONE, arrays.variables.index("z")]


@st.composite
def small_models(draw: Any) -> dimod.ConstrainedQuadraticModel:
    """Times, switches and a spin; rows as people write them; at most 512 assignments."""
    number = st.integers(-3, 3)
    cqm = dimod.ConstrainedQuadraticModel()
    low = [draw(st.integers(-2, 1)) for _ in range(3)]
    times = [
        dimod.Integer(name, lower_bound=least, upper_bound=least + 3)
        for name, least in zip("tuv", low, strict=True)
    ]
    everyone = [*times, y, z, s]
    cqm.set_objective(
        sum(draw(number) * v for v in everyone) + draw(st.integers(-1, 2)) * times[0] * times[0]
    )
    for k in range(draw(st.integers(1, 5))):
        first, second = draw(st.sampled_from(list(itertools.permutations(times, 2))))
        switch = draw(st.sampled_from([y, z, s]))
        row = draw(st.integers(0, 3))
        wait, scale = draw(number), draw(st.sampled_from([-2, -1, 1, 2]))
        left = [
            first - second + wait * switch,
            first - second + wait * switch + 2 * switch * second - 2 * switch * first,
            switch * first - switch * second + wait,
            sum(draw(number) * v for v in everyone) + draw(number) * switch * first,
        ][row]
        soft = {"weight": 2.0, "penalty": "linear"} if draw(st.integers(0, 4)) == 0 else {}
        sense = draw(st.sampled_from(["<=", ">=", "<=", ">=", "=="]))
        cqm.add_constraint_from_model(scale * left, sense, rhs=draw(number), label=f"c{k}", **soft)
    return cqm


@given(small_models())
@settings(max_examples=examples(200), deadline=None)
def test_two_rows_hold_where_the_one_with_products_does(cqm: Any) -> None:
    model = ModelArrays.from_cqm(cqm)
    split = by_cases(model)
    states = assignments(cqm)
    np.testing.assert_array_equal(_holds(split, states), _holds(model, states))
    whole = model.upper - model.lower > 1
    q = split.row_quadratic
    left = [
        c
        for c in range(split.num_constraints)
        if split.hard[c]
        and split.sense[c] == "<"
        and (whole[q.row[q.owner == c]] != whole[q.col[q.owner == c]]).any()
    ]
    for c in left:  # only what has no variable that is in every product
        mine = list(zip(q.row[q.owner == c], q.col[q.owner == c], strict=True))
        shared = set.intersection(*({u, v} for u, v in mine))
        assert not any(not whole[v] for v in shared)


def _holds(model: ModelArrays, states: np.ndarray) -> np.ndarray:
    """bool[k]: whether all hard constraints of the arrays hold, row by row."""
    found = np.ones(len(states), dtype=bool)
    rows, q = model.rows.toarray(), model.row_quadratic
    for c in np.flatnonzero(model.hard):
        mine = q.owner == c
        left = states @ rows[c]
        left += (states[:, q.row[mine]] * states[:, q.col[mine]]) @ q.value[mine]
        off = left - model.rhs[c]
        found &= (np.abs(off) if model.sense[c] == "=" else off) <= 1e-9
    return found


@given(small_models())
@settings(max_examples=examples(200), deadline=None)
def test_whatever_the_rest_followers_are_best_where_they_are_pushed_to(cqm: Any) -> None:
    """Of feasible assignments that differ in followers alone, the extreme one costs least."""
    arrays = by_cases(ModelArrays.from_cqm(cqm))
    follower = Structure.of(arrays, Rows.of(arrays)).follower
    chosen = np.unique(follower[follower != NONE])
    if not len(chosen):
        return
    rows = arrays.rows.toarray()
    small = np.array([(rows[follower == v, v] < 0).all() for v in chosen])
    large = np.array([(rows[follower == v, v] > 0).all() for v in chosen])
    assert (small | large).all()
    states, feasible, energies = scored(cqm)
    states, energies = states[feasible], energies[feasible]
    rest = np.delete(states, chosen, axis=1)
    for key in np.unique(rest, axis=0):
        mine = (rest == key).all(axis=1)
        values = states[mine][:, chosen]
        best = np.where(small, values.min(axis=0), values.max(axis=0))
        at_best = (values == best).all(axis=1)
        assert at_best.sum() == 1
        assert energies[mine][at_best][0] <= energies[mine].min() + 1e-9
