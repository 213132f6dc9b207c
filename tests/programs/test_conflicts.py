"""Conflicts and relaxations, by enumeration of every assignment and every subset."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import dimod
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")

from qopt.programs import conflicts, relaxations
from qopt.programs.conflicts import Bound, Conflict, find_conflict
from qopt.programs.relaxations import find_relaxation

SECONDS = 20.0  # never needed: what is asked here takes CP-SAT some milliseconds

Cqm = dimod.ConstrainedQuadraticModel
Bools = np.ndarray[Any, np.dtype[np.bool_]]


class Everything:
    """Every assignment, the integers up to `by` outside their bounds, and what each keeps by
    dimod's own arithmetic.
    """

    def __init__(self, cqm: Cqm, by: int = 0) -> None:
        ranges = []
        for label in cqm.variables:
            extra = by if cqm.vartype(label) is dimod.INTEGER else 0
            low, high = round(cqm.lower_bound(label)) - extra, round(cqm.upper_bound(label)) + extra
            ranges.append(
                [-1, 1] if cqm.vartype(label) is dimod.SPIN else list(range(low, high + 1))
            )
        self.values = np.array(list(itertools.product(*ranges)), dtype=float)
        self.place = {label: k for k, label in enumerate(cqm.variables)}
        samples = (self.values, list(cqm.variables))
        self.violation = {}
        for label, comparison in cqm.constraints.items():
            over = comparison.lhs.energies(samples) - comparison.rhs
            self.violation[label] = {"<=": over, ">=": -over, "==": abs(over)}[
                comparison.sense.value
            ].clip(0)

    def keep(self, rows: Iterable[Any], bounds: Iterable[Bound] = ()) -> Bools:
        kept = np.ones(len(self.values), dtype=bool)
        for label in rows:
            kept &= self.violation[label] <= 1e-6
        for bound in bounds:
            column = self.values[:, self.place[bound.variable]]
            kept &= column >= bound.value if bound.sense == ">=" else column <= bound.value
        return kept


@st.composite
def contradictory(draw: st.DrawFn) -> Cqm:
    """Small random models with all kinds of variables and rows, few of which have a feasible
    assignment.
    """
    cqm = Cqm()
    variables = [dimod.Binary(f"b{k}") for k in range(draw(st.integers(1, 3)))]
    if draw(st.booleans()):
        low = draw(st.integers(-2, 1))
        variables.append(
            dimod.Integer("i", lower_bound=low, upper_bound=low + draw(st.integers(1, 3)))
        )
    if draw(st.booleans()):
        variables.append(dimod.Integer("j", upper_bound=draw(st.integers(1, 3))))
    if draw(st.booleans()):
        variables.append(dimod.Spin("s"))
    for k in range(draw(st.integers(2, 6))):
        coefficients = draw(
            st.lists(st.integers(-3, 3), min_size=len(variables), max_size=len(variables))
        )
        left = (
            sum(c * 0.5 * v for c, v in zip(coefficients, variables, strict=True))
            + 0 * variables[0]
        )
        if len(variables) > 1 and draw(st.integers(0, 4)) == 0:
            left += draw(st.sampled_from([-1, 2])) * variables[0] * variables[1]
        right = draw(st.integers(-6, 6)) / 2
        sense = draw(st.sampled_from(["<=", ">=", "=="]))
        soft = {"weight": 1.0} if draw(st.integers(0, 5)) == 0 else {}
        cqm.add_constraint_from_model(left, sense, rhs=right, label=f"row{k}", **soft)
    return cqm


def hard(cqm: Cqm) -> list[Any]:
    return [label for label, comparison in cqm.constraints.items() if not comparison.lhs.is_soft()]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(contradictory())
def test_a_conflict_is_one_and_every_proper_part_of_it_is_none(cqm: Cqm) -> None:
    """By enumeration: all of it cannot be kept, and without any one row or bound the rest can."""
    found, within = find_conflict(cqm, time_limit=SECONDS), Everything(cqm)
    if not isinstance(found, Conflict):
        assert found is not None
        assert all(cqm.violations(found)[label] <= 1e-6 for label in hard(cqm))
        assert [found[label] for label in within.place] in within.values.tolist()
        return
    assert found.minimal
    assert set(found.constraints) <= set(hard(cqm))
    assert not within.keep(found.constraints).any()
    assert not Everything(cqm, by=12).keep(found.constraints, found.bounds).any()
    for label in found.constraints:
        assert within.keep(set(found.constraints) - {label}).any(), f"{label} is idle"
    beyond = Everything(cqm, by=60) if found.bounds else within
    for bound in found.bounds:
        assert beyond.keep(found.constraints, set(found.bounds) - {bound}).any(), f"{bound} is idle"


@settings(max_examples=100, deadline=None, derandomize=True)
@given(contradictory())
def test_a_relaxation_is_the_least_of_all_assignments(cqm: Cqm) -> None:
    found = find_relaxation(cqm, time_limit=SECONDS)
    assert found is not None
    assert found.least
    violations = cqm.violations(found.values, clip=True)
    assert {move.constraint for move in found.moves} == {
        label for label in hard(cqm) if violations[label] > 1e-6
    }
    assert found.total == pytest.approx(
        sum(violations[label] / size(cqm, label) for label in hard(cqm)), abs=1e-9
    )
    totals = sum(
        Everything(cqm).violation[label] / size(cqm, label) for label in hard(cqm)
    ) + np.zeros(1)
    assert found.total == pytest.approx(totals.min(), abs=1e-9)
    for move in found.moves:  # moved so, the constraint is just kept
        comparison = cqm.constraints[move.constraint]
        assert move.to == pytest.approx(comparison.lhs.energy(found.values))
        assert move.right == comparison.rhs
        assert abs(move.amount) == pytest.approx(violations[move.constraint])


def size(cqm: Cqm, label: Any) -> float:
    """What a move is measured by: the right-hand side without the constant on the left, or the
    largest coefficient.
    """
    comparison = cqm.constraints[label]
    coefficients = [*comparison.lhs.linear.values(), *comparison.lhs.quadratic.values()]
    return float(max(abs(comparison.rhs - comparison.lhs.offset), *map(abs, coefficients), 1e-6))


def chain(upper: int = 100) -> Cqm:
    cqm = Cqm()
    a, b, c = (dimod.Integer(name, upper_bound=upper) for name in "abc")
    x, y = dimod.Binaries("xy")
    cqm.add_constraint(x + y == 1, label="choose")
    cqm.add_constraint(a - b <= -1, label="a before b")
    cqm.add_constraint(b - c <= -1, label="b before c")
    cqm.add_constraint(x + a <= 50, label="idle")
    cqm.add_constraint(c - a <= -1, label="c before a")
    return cqm


def test_a_chain_closes_without_any_bound() -> None:
    found = find_conflict(chain(), time_limit=SECONDS)
    assert found == Conflict(("a before b", "b before c", "c before a"), (), minimal=True)


def test_bounds_take_part_where_they_are_needed() -> None:
    cqm = chain()
    cqm.remove_constraint("c before a")
    cqm.set_lower_bound("a", 5)
    cqm.set_upper_bound("c", 6)
    found = find_conflict(cqm, time_limit=SECONDS)
    assert found == Conflict(
        ("a before b", "b before c"), (Bound("a", ">=", 5), Bound("c", "<=", 6)), minimal=True
    )
    assert [str(bound) for bound in found.bounds] == ["a >= 5", "c <= 6"]


@pytest.mark.parametrize(
    ("left", "right", "to"),
    [((2.0, 2.0), 3.0, (2.0, 4.0)), ((0.5, 0.5), 0.3, (0.5,)), ((1.0, 1.0), 1 / 3, (0.0,))],
)
def test_an_equality_that_no_whole_numbers_meet_contradicts_itself(
    left: tuple[float, float], right: float, to: tuple[float, ...]
) -> None:
    cqm = chain()
    cqm.remove_constraint("c before a")
    cqm.add_constraint_from_iterable(
        [("x", left[0]), ("a", left[1])], "==", rhs=right, label="never"
    )
    assert find_conflict(cqm, time_limit=SECONDS) == Conflict(("never",), (), minimal=True)
    relaxation = find_relaxation(cqm, time_limit=SECONDS)
    assert relaxation is not None
    (move,) = relaxation.moves
    assert move.constraint == "never"
    assert move.to in to


def test_a_move_is_told_in_the_constraints_own_units() -> None:
    cqm = Cqm()
    load = [dimod.Binary(f"x{k}") for k in range(3)]
    for x in load:
        cqm.add_constraint(x == 1, label=f"take {x.variables[0]}")
    cqm.add_constraint(1.5 * load[0] + 2.25 * load[1] + 3 * load[2] + 1 <= 7, label="capacity")
    relaxation = find_relaxation(cqm, time_limit=SECONDS)
    assert relaxation is not None
    (move,) = relaxation.moves
    assert str(move) == "capacity <= 7 to 7.75 (+0.75)"
    assert relaxation.total == pytest.approx(0.75 / 6)  # of 7 less the constant on the left


def test_soft_constraints_take_no_part() -> None:
    cqm = Cqm()
    a, b = dimod.Binaries("ab")
    cqm.add_constraint(a + b == 2, label="both")
    cqm.add_constraint(a + b <= 1, label="one", weight=3.0, penalty="linear")
    assert find_conflict(cqm, time_limit=SECONDS) == {"a": 1, "b": 1}
    relaxation = find_relaxation(cqm, time_limit=SECONDS)
    assert relaxation is not None
    assert relaxation.moves == ()


def test_the_same_seed_finds_the_same_conflict() -> None:
    """Among many: any two of the six rows contradict each other."""
    cqm = Cqm()
    x = [dimod.Binary(f"x{k}") for k in range(4)]
    for right in range(6):
        cqm.add_constraint(sum(x) + 0.25 * x[0] == right / 2, label=f"sum {right}")
    found = [find_conflict(cqm, time_limit=SECONDS, seed=3) for _ in range(3)]
    assert found[0] == found[1] == found[2]


def test_without_time_nothing_is_claimed() -> None:
    """A pigeonhole of 12 in 11: CP-SAT needs far longer than the time it is given."""
    cqm = Cqm()
    x = np.array([[dimod.Binary((i, j)) for j in range(11)] for i in range(12)])
    for i, row in enumerate(x):
        cqm.add_constraint(sum(row) == 1, label=f"pigeon {i}")
    for j, column in enumerate(x.T):
        for p, q in itertools.combinations(column, 2):
            cqm.add_constraint(p + q <= 1, label=f"hole {j}, {p.variables[0]}, {q.variables[0]}")
    assert find_conflict(cqm, time_limit=0.02) is None


def short_chain() -> Cqm:
    return chain(8)


def bounded_chain() -> Cqm:
    """A contradiction of two rows and two bounds, with rows and bounds beside it that are idle."""
    cqm = chain(8)
    cqm.remove_constraint("c before a")
    cqm.set_lower_bound("a", 5)
    cqm.set_upper_bound("c", 6)
    return cqm


@pytest.mark.parametrize("model", [short_chain, bounded_chain])
def test_a_conflict_is_minimal_only_where_every_question_was_answered(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CP-SAT leaves one question open, at its first and its second try, or all from one on, as
    where the time is up.
    """
    ask, asked = conflicts.run, []

    def silent(first: int, last: int) -> Any:
        asked.clear()

        def run(*arguments: Any, **options: Any) -> Any:
            asked.append(options)
            return ("UNKNOWN", None) if first <= len(asked) <= last else ask(*arguments, **options)

        monkeypatch.setattr(conflicts, "run", run)
        return find_conflict(model(), time_limit=SECONDS)

    whole = silent(0, 0)
    questions, within = len(asked), Everything(model(), by=3)
    assert whole.minimal
    assert questions > 6
    assert silent(1, 1000) is None
    for first in range(2, questions + 1):
        cut, one = silent(first, 1000), silent(first, first + 1)
        assert not cut.minimal, first
        assert one == whole or not one.minimal, first
        for found in (cut, one):
            assert set(whole.constraints) <= set(found.constraints)
            assert not within.keep(found.constraints, found.bounds).any()


@pytest.mark.parametrize(
    ("answers", "least"),
    [
        (("OPTIMAL",), True),
        (("UNKNOWN", "OPTIMAL"), True),
        (("FEASIBLE", "FEASIBLE"), False),
        (("UNKNOWN", "FEASIBLE"), False),
    ],
)
def test_a_relaxation_is_the_least_only_where_that_was_proved(
    answers: tuple[str, ...], least: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From below, then from above; CP-SAT ends each as it is told to, in time or not."""
    ask, ends = relaxations.run, iter(answers)
    monkeypatch.setattr(relaxations, "run", lambda *a, **o: (next(ends), ask(*a, **o)[1]))
    found = find_relaxation(chain(), time_limit=SECONDS)
    assert found is not None
    assert found.least is least
    assert next(ends, None) is None
    assert found.total == pytest.approx(3.0)


def test_where_no_relaxation_was_found_in_time_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relaxations, "run", lambda *_, **__: ("UNKNOWN", None))
    assert find_relaxation(chain(), time_limit=SECONDS) is None
