from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qopt.compare import (
    Difference,
    Question,
    Rates,
    Verdict,
    break_even,
    compare,
    optimally_stopped,
    ownership,
    stopped_costs,
)
from qopt.errors import QoptError

from ..planted import noisy, runs

losses = st.lists(st.integers(0, 50).map(float), min_size=1, max_size=12)


def policy_cost(values: list[float], price: float, threshold: float) -> float:
    """The expected cost of calling until a loss is at most a threshold, from the definition."""
    good = [value for value in values if value <= threshold]
    return math.inf if not good else sum(good) / len(good) + price * len(values) / len(good)


@given(losses, st.floats(0.05, 80))
def test_no_other_threshold_costs_less(values: list[float], price: float) -> None:
    found = optimally_stopped(values, price)
    assert found.total == pytest.approx(min(policy_cost(values, price, v) for v in values))
    assert policy_cost(values, price, found.threshold) == pytest.approx(found.total)
    gain = np.maximum(0, found.threshold - np.array(values)).mean()
    assert gain == pytest.approx(price)  # at the threshold another call gains what it costs


def test_the_optimal_rule_by_hand_and_by_simulation() -> None:
    found = optimally_stopped([0.0, 10.0], 2.0)
    assert (found.total, found.calls) == (4.0, 2.0)  # two calls of 2 until the loss is 0
    dear = optimally_stopped([0.0, 10.0], 7.0)
    assert (dear.total, dear.calls) == (12.0, 1.0)  # 7 and 5 on average: a second never pays
    random, total = np.random.default_rng(1), 0.0
    for _ in range(4000):
        loss = math.inf
        while loss > found.threshold:
            loss = float(random.choice([0.0, 10.0]))
            total += 2.0
        total += loss
    assert total / 4000 == pytest.approx(found.total, abs=0.2)


@pytest.mark.parametrize(("given_", "price"), [([], 1.0), ([1.0], 0.0), ([1.0], math.inf)])
def test_calls_that_cost_nothing_are_refused(given_: list[float], price: float) -> None:
    with pytest.raises(QoptError, match="give "):
        optimally_stopped(given_, price)


def test_the_stopped_cost_of_solvers() -> None:
    """Of b each second call has no plan, which loses 100 percent, 300 in money."""
    given_ = runs({("one", "a"): [110.0, 110.0], ("one", "b"): [100.0, None]}, cost=5.0)
    question = Question("a", 1.0, worth_of_percent=3.0)
    a, b = stopped_costs(given_, question)
    assert (a.solver, a.mean) == ("a", pytest.approx(3 * 100 / 11 + 5))
    assert (b.mean, b.by_instance["one"].calls) == (pytest.approx(10.0), 2.0)
    assert "costs 10 on average over 1 instances" in b.sentence()
    (_, cheap) = stopped_costs(given_, question, {"b": 0.5})
    assert cheap.mean == pytest.approx(1.0)
    (_, dear) = stopped_costs(given_, question, {"b": 200.0})
    assert dear.mean == pytest.approx(150 + 200)
    with pytest.raises(QoptError, match=r"a call of a costs 0\.0; give its price"):
        stopped_costs(runs({("one", "a"): [110.0]}), question)
    with pytest.raises(QoptError, match="a call of b costs inf; give its price"):
        stopped_costs(given_, question, {"b": math.inf})
    with pytest.raises(QoptError, match="worth_of_percent="):
        stopped_costs(given_, Question("a", 1.0))


def difference(metric: Any = "objective") -> Difference:
    given_ = noisy({"a": 4.0, "b": 2.0}, instances=12, seeds=3)
    question = Question("a", 0.5, metric=metric, worth_of_percent=1.0)
    return compare(given_, question).of("b")


def test_break_even_turns_exactly_there() -> None:
    found = difference()
    rates = Rates(runs_a_year=250, worth_of_percent=40, device_a_year=5000, extra_a_run=12)
    at = break_even(found, rates)
    assert at.verdict is Verdict.BETTER
    low = found.outer.low
    assert at.low == pytest.approx(250 * (40 * low - 12) - 5000)
    for name in ("device_a_year", "runs_a_year", "worth_of_percent"):
        turn = getattr(at, name)
        for share, sign in ((0.999, -1), (1.001, 1)):
            sign = -sign if name == "device_a_year" else sign
            for field, value in (
                ("low", turn.surely),
                ("gain", turn.on_average),
                ("high", turn.at_best),
            ):
                moved = Rates(**{**rates.__dict__, name: value * share})
                gained = getattr(break_even(found, moved), field)
                assert math.copysign(1, gained) == sign


def test_what_never_pays() -> None:
    found = difference()
    at = break_even(found, Rates(100, 1.0, 1000, extra_a_run=50))
    assert at.verdict is Verdict.WORSE
    assert at.runs_a_year.at_best == math.inf
    assert at.device_a_year.at_best < 0
    assert "does not pay" in at.sentence()
    assert "from no finite number of runs a year" in at.sentence()
    unsure = break_even(found, Rates(100, 1.0, at.device_a_year.surely + 5200))
    assert "pay" in unsure.sentence()


def test_what_costs_nothing_pays_from_the_first_run() -> None:
    at = break_even(difference(), Rates(100, worth_of_percent=1.0, device_a_year=0.0))
    assert at.runs_a_year.surely == at.worth_of_percent.surely == 0.0
    worthless = break_even(difference(), Rates(100, worth_of_percent=0.0, device_a_year=10.0))
    assert (worthless.gain, worthless.verdict) == (-10.0, Verdict.WORSE)


def test_who_may_not_win_does_not_pay() -> None:
    found = replace(difference(), verdict=Verdict.WITHHELD)
    at = break_even(found, Rates(100, worth_of_percent=1.0, device_a_year=0.0))
    assert at.low > 0
    assert at.verdict is Verdict.UNDECIDED
    assert "may pay or not" in at.sentence()


def test_only_objectives_have_a_worth() -> None:
    with pytest.raises(QoptError, match="a difference of anytime has no worth"):
        break_even(difference("anytime"), Rates(1, 1, 1))
    with pytest.raises(QoptError, match="runs_a_year=0"):
        Rates(0, 1, 1)


def test_the_cost_of_owning_a_machine() -> None:
    found = ownership(
        purchase=40_000,
        years=4,
        hours_a_year=2000,
        kilowatts=1.5,
        price_of_kilowatt_hour=0.3,
        upkeep_a_year=1100,
    )
    assert (found.purchase, found.energy, found.a_year) == (10_000, pytest.approx(900), 12_000)
    assert found.an_hour == pytest.approx(6)
    assert found.a_run(600) == pytest.approx(1)
    with pytest.raises(QoptError, match="years=0: give more than 0"):
        ownership(purchase=1, years=0, hours_a_year=1)
    with pytest.raises(QoptError, match="purchase=-1"):
        ownership(purchase=-1, years=1, hours_a_year=1)
