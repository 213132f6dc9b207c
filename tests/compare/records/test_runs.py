from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from qopt.compare import Question, Run
from qopt.compare.records import by_instance
from qopt.errors import QoptError

from ..planted import run, runs


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"sense": "minimize"}, 'give "min" or "max"'),
        ({"objective": float("nan")}, "objective=nan: give a finite number"),
        ({"best_known": float("inf")}, "best_known=inf"),
        ({"seconds": -1.0}, "seconds=-1.0: give 0 or more"),
        ({"deadline": 0.0}, "give more than 0 seconds, or None"),
        ({"trace": ((2.0, 5.0), (1.0, 4.0))}, "the times of its trace go back"),
        ({"trace": ((-1.0, 5.0),)}, "the times of its trace go back"),
        ({"trace": ((1.0, float("nan")),)}, "an objective of its trace"),
    ],
)
def test_a_record_that_cannot_be_is_refused_by_its_name(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(QoptError) as error:
        run(**wrong)
    assert told in str(error.value)
    assert str(error.value).startswith("run of a on one with seed 0")
    assert "\n" not in str(error.value)


def test_a_run_comes_back_from_json() -> None:
    one = run(5.0, trace=((1.0, 7.0), (2.5, 5.0)), best_known=4.0, cost=0.5, disturbed=True)
    assert Run.from_dict(json.loads(json.dumps(one.to_dict()))) == one
    assert Run.from_dict(run(None).to_dict()) == run(None)


def test_numbers_of_arrays_are_written_as_numbers() -> None:
    one = run(np.float64(5.0), seed=np.int64(3), disturbed=np.bool_(True))
    assert json.loads(json.dumps(one.to_dict())) == run(5.0, seed=3, disturbed=True).to_dict() | {
        "trace": []
    }


def test_steps_end_with_the_plan_handed_over() -> None:
    assert run(5.0, trace=((1.0, 7.0), (2.0, 5.0))).steps == ((1.0, 7.0), (2.0, 5.0))
    assert run(5.0).steps == ((10.0, 5.0),)
    assert run(5.0, seconds=10.1).steps == ((10.0, 5.0),)  # the limit is what counts
    assert run(5.0, seconds=3.0, deadline=None).steps == ((3.0, 5.0),)
    assert run(4.0, trace=((1.0, 7.0),)).steps == ((1.0, 7.0), (10.0, 4.0))
    assert run(9.0, sense="max", trace=((1.0, 7.0),)).steps == ((1.0, 7.0), (10.0, 9.0))


def test_steps_keep_what_is_better_than_before_alone() -> None:
    one = run(5.0, trace=((1.0, 7.0), (2.0, 8.0), (3.0, 7.0), (4.0, 5.0)))
    assert one.steps == ((1.0, 7.0), (4.0, 5.0))


def test_what_was_never_handed_over_has_no_part() -> None:
    assert run(None, trace=((1.0, 7.0),)).steps == ()
    assert run(5.0, trace=((1.0, 7.0), (2.0, 3.0), (4.0, 5.0))).steps == ((1.0, 7.0), (4.0, 5.0))
    assert run(5.0, sense="max", trace=((1.0, 3.0), (2.0, 6.0))).steps == ((1.0, 3.0), (10.0, 5.0))


def test_roundoff_in_a_trace_loses_no_time() -> None:
    for sense in ("min", "max"):
        for last in (100.0 - 1e-9, 100.0 + 1e-9):
            one = run(100.0, sense=sense, trace=((2.0, last),))
            assert one.steps[0] == (2.0, last)


def test_runs_are_ordered_by_their_names_whatever_came_first() -> None:
    given = runs({("b", "y"): [1, 2], ("a", "y"): [3], ("a", "x"): [4]})
    groups = by_instance(given[::-1])
    assert list(groups) == ["a", "b"]
    assert [one.objective for one in groups["a"]] == [4, 3]
    assert [one.objective for one in groups["b"]] == [1, 2]


def test_runs_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(QoptError, match="run of a on one with seed 0 is there twice"):
        by_instance([run(), run()])
    with pytest.raises(QoptError, match="runs on one have sense='max' and 'min'"):
        by_instance([run(), run(seed=1, sense="max")])
    with pytest.raises(QoptError, match=r"runs on one have best_known=1\.0 and 2\.0"):
        by_instance([run(best_known=1.0), run(seed=1), run(seed=2, best_known=2.0)])


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"margin": 0.0}, "margin=0.0: give a number above 0"),
        ({"margin": float("inf")}, "margin=inf"),
        ({"alpha": 0.5}, "alpha=0.5"),
        ({"alpha": 0.0}, "alpha=0.0"),
        ({"quantile": 0.0}, "quantile=0.0"),
        ({"metric": "speed"}, "give one of objective, anytime, time, money"),
        ({"horizon": 0.0}, "horizon=0.0: give seconds above 0"),
        ({"target": 100.0}, "target=100.0"),
        ({"quantile": 1.0}, "quantile=1.0"),
        ({"most_disturbed": 1.5}, "most_disturbed=1.5: give a share"),
        ({"tolerated_failures": -0.1}, "tolerated_failures=-0.1: give a share"),
        ({"worth_of_percent": -1.0}, "worth_of_percent=-1.0"),
        ({"metric": "money"}, "needs worth_of_percent="),
    ],
)
def test_a_question_that_cannot_be_is_refused(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(QoptError) as error:
        Question(**{"baseline": "a", "margin": 0.5, **wrong})
    assert told in str(error.value)


def test_a_question_comes_back_from_json() -> None:
    asked = Question("a", 3.0, metric="money", worth_of_percent=2.0, currency="EUR", horizon=5.0)
    assert Question.from_dict(json.loads(json.dumps(asked.to_dict()))) == asked
    assert asked.unit == "EUR"
    assert Question("a", 3.0).unit == "%"
