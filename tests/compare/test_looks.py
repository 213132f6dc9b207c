from __future__ import annotations

import numpy as np
import pytest

from qopt.compare import Question, Verdict, compare, look
from qopt.errors import QoptError

from .planted import noisy

QUESTION = Question("a", 0.5)


def test_a_clear_pilot_is_decided_at_once() -> None:
    found = look(noisy({"a": 6.0, "b": 2.0}, instances=8, seeds=3), QUESTION, 1)
    assert found.decided
    assert found.needed is None
    assert found.sentence().startswith("Look 1 of 3: decided. b is better than a by ")
    assert "98.3 % interval" in found.sentence()


def test_the_risk_is_split_evenly_over_the_looks() -> None:
    given = noisy({"a": 4.0, "b": 3.2}, instances=12, seeds=3)
    alone, first = look(given, QUESTION, 1, looks=1), look(given, QUESTION, 1, looks=3)
    assert alone.comparison == compare(given, QUESTION)
    assert first.comparison.question.alpha == pytest.approx(0.05 / 3)
    once, thrice = (each.comparison.of("b") for each in (alone, first))
    assert thrice.outer.level == pytest.approx(1 - 0.05 / 3)
    assert thrice.inner.level == pytest.approx(1 - 0.1 / 3)
    assert thrice.outer.low < once.outer.low < once.outer.high < thrice.outer.high


def test_an_open_question_says_how_much_more_for_all() -> None:
    given = noisy({"a": 4.0, "b": 3.4, "c": 3.3}, instances=6, seeds=3, spread=0.5)
    found = look(given, QUESTION, 2)
    assert not found.decided
    assert found.needed is not None
    each = [one.needed for one in found.comparison.differences]
    assert all(one is not None for one in each)
    assert found.needed.instances == max(one.instances or 0 for one in each if one is not None)
    assert found.sentence().startswith("Look 2 of 3: not decided yet; about ")


def test_after_the_last_look_nothing_more_is_run() -> None:
    given = noisy({"a": 4.0, "b": 3.4}, instances=6, seeds=3, spread=0.5)
    found = look(given, QUESTION, 3)
    assert not found.decided
    assert found.needed is None
    assert "the last: not decided" in found.sentence()


@pytest.mark.parametrize(("number", "looks"), [(1, 4), (1, 0), (0, 3), (3, 2)])
def test_looks_that_were_not_planned_are_refused(number: int, looks: int) -> None:
    with pytest.raises(QoptError, match="planned"):
        look([], QUESTION, number, looks=looks)


def test_only_the_baseline_decides_nothing() -> None:
    assert not look(noisy({"a": 4.0}, instances=6, seeds=2), QUESTION, 1).decided


@pytest.mark.slow
def test_three_looks_are_wrong_no_oftener_than_one_may_be() -> None:
    """At the margin itself, where "better" is wrong: 2.5 % by one look, and by three together."""
    random, wrong, studies = np.random.default_rng(8), 0, 150
    for _ in range(studies):
        whole = noisy(
            {"a": 10.5, "b": 10.0}, instances=18, seeds=2, seed=int(random.integers(2**32))
        )
        for number, instances in enumerate((6, 12, 18), start=1):
            seen = [one for one in whole if one.instance < f"i{instances:03}"]
            verdict = look(seen, QUESTION, number).comparison.of("b").verdict
            if verdict is Verdict.BETTER:
                wrong += 1
                break
    assert wrong / studies <= 0.025 + 2 * np.sqrt(0.025 * 0.975 / studies)
